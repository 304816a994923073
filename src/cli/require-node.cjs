// Plain JavaScript for any age of Node: an old one would greet the first .ts file with a riddle.
"use strict";
var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  console.error(
    "Statewright needs Node 22.18 or newer, and this is " + process.versions.node +
      ". Install the one that comes with it: npm ci --include=optional",
  );
  process.exit(1);
}
