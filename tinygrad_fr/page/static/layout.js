// Places: dagre lays out what is seen, once; nothing moves while the steps go by.

const FONT = '"DejaVu Sans", "Segoe UI", system-ui, sans-serif';
const LINE = 17;
const PAD = 9;
const INSIDE = { x: 12, top: 24, bottom: 12 }; // between a panel's border and what it holds

const ruler = document.createElement('canvas').getContext('2d');

function widthOf(text, size, weight = 400) {
  ruler.font = `${weight} ${size}px ${FONT}`;
  return ruler.measureText(text).width;
}

/** The lines of a card with the longest text that each will bear, so that a card never changes its size. */
function measured(unit) {
  const { symbol, word } = titleOf(unit);
  const rows = [`${say('value')} ${pick(unit.out.value)}`, `${say('value')} ${say('absent')}`];
  if (unit.part) rows.unshift(say('operations', { n: unit.nodes.length }));
  rows.push(`${say('value')} ${longest(unit.out)}`);
  if (unit.out.gradient) {
    rows.push(`∂L/∂· ${longest(unit.out)}`, `∂L/∂· ${pick(unit.out.gradient)}  (9/9)`, `∂L/∂· ${say('absent')}`);
  }
  const chips = unit.node ? unit.node.chips : [];
  const width = Math.max(
    widthOf(symbol, 16, 700) + 8 + widthOf(word, 11),
    ...rows.map((row) => widthOf(row, 12)),
    unit.out.strip ? unit.out.strip.length * 13 : 0,
    ...chips.map(([name, shape]) => widthOf(`${name} ${shape}`, 11) + 14),
    64,
  );
  const lines = 2 + (unit.out.strip ? 1 : 0) + (unit.part ? 1 : 0) + (unit.out.gradient ? 1 : 0) + chips.length;
  return { width: Math.ceil(width + 2 * PAD), height: lines * LINE + 2 * PAD - 4 };
}

/** Cards, lines and panels with their places; the direction is the one that fills the window best. */
function laidOut(run, seen, open, window_) {
  const timed = seen.units.some((unit) => unit.part?.kind === 'step' || reaching(run, unit.inside).some((i) => run.parts[i].kind === 'step'));
  const ways = timed || seen.units.length > 120 ? ['LR'] : ['LR', 'TB']; // time goes from left to right
  const found = ways.map((way) => arranged(run, seen, way));
  const scale = (it) => Math.min(window_.width / it.width, window_.height / it.height);
  return found.reduce((best, it) => (scale(it) > scale(best) ? it : best));
}

function arranged(run, seen, way) {
  const graph = new dagre.graphlib.Graph({ compound: true });
  const large = seen.units.length > 150;
  graph.setGraph({ rankdir: way, nodesep: 26, ranksep: way === 'LR' ? 56 : 46, ranker: large ? 'longest-path' : 'network-simplex' });
  graph.setDefaultEdgeLabel(() => ({}));
  const around = new Set(seen.units.map((unit) => unit.inside));
  const panels = new Set([...around].flatMap((part) => reaching(run, part)));
  panels.delete(0);
  for (const part of panels) graph.setNode(`c${part}`, {});
  for (const part of panels) if (panels.has(run.parts[part].in)) graph.setParent(`c${part}`, `c${run.parts[part].in}`);
  for (const unit of seen.units) {
    graph.setNode(unit.key, measured(unit));
    if (panels.has(unit.inside)) graph.setParent(unit.key, `c${unit.inside}`);
  }
  for (const tie of seen.ties) graph.setEdge(tie.source.key, tie.target.key, { width: 44, height: 12, labelpos: 'c', weight: inTime(tie) ? 20 : 1 });
  dagre.layout(graph);
  const cards = new Map(seen.units.map((unit) => [unit.key, graph.node(unit.key)]));
  const lines = new Map(seen.ties.map((tie) => [tie.key, graph.edge(tie.source.key, tie.target.key)]));
  return framed({ cards, lines, boxes: boxes(run, seen, cards, panels) });
}

/** Whether a line goes from one closed time step to the next: these lie side by side. */
function inTime({ source, target }) {
  return source.part?.kind === 'step' && target.part?.kind === 'step';
}

/** A panel around all that lies in it, from the inside out. */
function boxes(run, seen, cards, panels) {
  const found = new Map();
  const grow = (part, box) => {
    const held = found.get(part);
    found.set(part, held ? [Math.min(held[0], box[0]), Math.min(held[1], box[1]), Math.max(held[2], box[2]), Math.max(held[3], box[3])] : box);
  };
  for (const unit of seen.units) {
    const { x, y, width, height } = cards.get(unit.key);
    if (panels.has(unit.inside)) grow(unit.inside, [x - width / 2, y - height / 2, x + width / 2, y + height / 2]);
  }
  const depth = (part) => reaching(run, part).length;
  for (const part of [...panels].sort((a, b) => depth(b) - depth(a))) {
    const [left, top, right, bottom] = found.get(part);
    const box = [left - INSIDE.x, top - INSIDE.top, right + INSIDE.x, bottom + INSIDE.bottom];
    found.set(part, box);
    if (panels.has(run.parts[part].in)) grow(run.parts[part].in, box);
  }
  return [...found].sort((a, b) => depth(a[0]) - depth(b[0]));
}

/** The whole picture's frame: what the camera fits into the window. */
function framed(it) {
  const xs = [], ys = [];
  for (const { x, y, width, height } of it.cards.values()) { xs.push(x - width / 2, x + width / 2); ys.push(y - height / 2, y + height / 2); }
  for (const [, [left, top, right, bottom]] of it.boxes) { xs.push(left, right); ys.push(top, bottom); }
  for (const line of it.lines.values()) for (const { x, y } of line.points) { xs.push(x); ys.push(y); }
  const least = (all) => all.reduce((a, b) => Math.min(a, b)), most = (all) => all.reduce((a, b) => Math.max(a, b));
  const [left, top] = [least(xs) - 16, least(ys) - 16];
  return { ...it, left, top, width: most(xs) + 16 - left, height: most(ys) + 16 - top };
}
