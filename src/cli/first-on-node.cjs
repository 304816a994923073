// What comes first on Node. Plain JavaScript for any age of it: an old one would greet the first .ts file with a riddle.
"use strict";
var parts = process.versions.node.split(".").map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  console.error(
    "Statewright needs Node 22.18 or newer, and this is " + process.versions.node +
      ". Install the one that comes with it: npm ci --include=optional",
  );
  process.exit(1);
} else {
  // Compiled code is kept for the next start, and for the threads and programs that this one starts: half of their time.
  // In a folder that nobody else writes to, and that goes with what it was compiled from.
  var folder = require("node:path").join(__dirname, "../../node_modules/.cache/compiled");
  var cache = require("node:module").enableCompileCache(folder);
  if (cache.directory && !process.env.NODE_COMPILE_CACHE) process.env.NODE_COMPILE_CACHE = cache.directory;
}
