/** Where everything of the lanes lies, in px: one column an event, in the order of the log. */
export const LANE = 54;
const COLUMN = 92;
const LEFT = 8;
const TOP = 30;
const BELOW = 10;

export function placeLanes({ lanes, messages, undo }) {
  const positions = lanes.flatMap(({ events }) => events.map(({ position }) => position)).sort((a, b) => a - b);
  const column = new Map(positions.map((position, n) => [position, n]));
  const x = (position) => LEFT + COLUMN * (column.get(position) + 0.5);
  const width = LEFT + COLUMN * positions.length + 16;

  /** stream/version → the place of its event */
  const places = new Map();
  lanes.forEach((lane, n) => {
    const y = TOP + LANE * n + 18;
    for (const event of lane.events) places.set(`${lane.stream}/${event.version}`, { x: x(event.position), y, event });
  });
  const find = ({ stream, version }) => places.get(`${stream}/${version}`);

  const bars = lanes.flatMap((lane) =>
    lane.bars.map((bar) => {
      const [from] = [places.get(bar.effect.slice(0, bar.effect.lastIndexOf("/")))];
      const end = lane.events.find(({ at }) => bar.to !== null && at >= bar.to);
      return from && { bar, x: from.x, y: from.y, to: end ? x(end.position) : width - 16 };
    }).filter(Boolean)
  );
  const arrows = messages.map((message) => {
    const from = find(message.from);
    const target = find(message.to);
    const lane = lanes.findIndex(({ stream }) => stream === message.to.stream);
    if (!from || lane < 0) return undefined;
    return {
      message,
      from,
      to: target ?? { x: from.x + COLUMN / 2, y: TOP + LANE * lane + 18 },
      heard: target !== undefined,
    };
  }).filter(Boolean);
  const ties = undo.map((each) => ({ ...each, from: find(each.done), to: find(each.undone) }))
    .filter(({ from, to }) => from && to).sort((a, b) => (a.to.x - a.from.x) - (b.to.x - b.from.x));
  // A longer bracket goes over those inside it.
  ties.forEach((tie, n) => {
    const under = ties.slice(0, n).filter(({ from, to }) => from.x < tie.to.x && to.x > tie.from.x);
    tie.level = Math.min(4, under.length);
  });
  return { width, height: TOP + LANE * lanes.length + BELOW, find, bars, arrows, ties, top: TOP };
}
