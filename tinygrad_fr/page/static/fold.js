// What is seen: parts are open or closed; a closed one is a single card, and lines between two cards are one line.

const FEW = 25; // cards that a picture chooses for itself
const MOST = 400; // cards in any picture
const ZOOMS = { model: 0, module: 1, op: 2, equation: 3, scalar: 4 };

/** Tables that folding reads, made once for each recorded run. */
function prepared(run, name) {
  run.children = run.parts.map(() => []);
  run.own = run.parts.map(() => []);
  run.byId = new Map(run.nodes.map((node) => [node.id, node]));
  run.byPath = new Map(run.parts.map((part, i) => [part.path, i]));
  run.parts.forEach((part, i) => part.in !== null && run.children[part.in].push(i));
  run.nodes.forEach((node) => { node.run = name; run.own[node.in].push(node); });
  run.all = run.parts.map(() => []);
  for (const node of run.nodes) for (let i = node.in; i !== null; i = run.parts[i].in) run.all[i].push(node);
  return run;
}

/** Parts that a distance opens; null chooses from the outside in while few cards are seen. */
function openedAt(run, zoom) {
  const allowed = (i) => {
    const { kind } = run.parts[i];
    if (kind === 'run') return true;
    const level = zoom === null ? ZOOMS.op : ZOOMS[zoom];
    if (kind === 'equation') return level >= ZOOMS.equation;
    if (level >= ZOOMS.op) return true;
    return level === ZOOMS.module && kind === 'module' && run.children[i].some((c) => run.parts[c].kind === 'module');
  };
  const most = zoom === null ? FEW : MOST;
  const open = new Set([0]);
  let seen = shown(run, 0);
  for (let level = [0]; level.length; ) {
    const families = new Map();
    for (const part of level.flatMap((i) => run.children[i]).filter(allowed)) {
      const name = run.parts[part].class || run.parts[part].kind;
      families.set(name, [...(families.get(name) ?? []), part]);
    }
    level = [];
    for (const family of families.values()) {
      const cost = family.reduce((sum, part) => sum + shown(run, part) - 1, 0);
      if (seen + cost > most) continue;
      seen += cost;
      family.forEach((part) => open.add(part));
      level.push(...family);
    }
  }
  return open;
}

function shown(run, part) {
  return run.children[part].length + run.own[part].length;
}

/** Open parts from the root down to one part, and that one. */
function reaching(run, part) {
  const way = [];
  for (let i = part; i !== null; i = run.parts[i].in) way.push(i);
  return way;
}

function isOpen(run, open, part) {
  return reaching(run, part).every((i) => open.has(i));
}

/** Cards and lines: each operation is in one card, each use in one line. */
function folded(run, open) {
  const units = [];
  const place = new Map();
  const enter = (part) => {
    for (const node of run.own[part]) {
      units.push({ key: String(node.id), node, nodes: [node], inside: part });
      place.set(node.id, units.at(-1));
    }
    for (const inner of run.children[part]) {
      if (open.has(inner)) enter(inner);
      else {
        units.push({ key: `p${inner}`, part: run.parts[inner], index: inner, nodes: run.all[inner], inside: part });
        run.all[inner].forEach((node) => place.set(node.id, units.at(-1)));
      }
    }
  };
  enter(0);
  units.sort((a, b) => a.nodes[0].id - b.nodes[0].id);
  const ties = new Map();
  for (const [from, to, norm, number] of run.ties) {
    const [source, target] = [place.get(from), place.get(to)];
    if (source === target) continue;
    source.out = run.byId.get(from);
    const key = `${source.key}>${target.key}`;
    const tie = ties.get(key) ?? { key, source, target, uses: [], norm: 0, numbers: [], count: 0 };
    tie.uses.push([from, to]);
    tie.norm = Math.hypot(tie.norm, norm ?? 0);
    if (norm !== null) tie.numbers.push(number ?? null);
    tie.count += 1;
    ties.set(key, tie);
  }
  for (const unit of units) [unit.out, unit.uses] = [unit.node ?? unit.out ?? unit.nodes.at(-1), 0];
  for (const { source } of ties.values()) source.uses += 1;
  const norms = [...ties.values()].map(({ norm }) => norm).filter((norm) => norm > 0).map(Math.log);
  return { units, place, ties: [...ties.values()], reach: [Math.min(...norms), Math.max(...norms)] };
}
