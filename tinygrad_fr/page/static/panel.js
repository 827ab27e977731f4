// What stands beside the picture: the step in words and equations, and the card of what was chosen.

function stepTold(run, seen, steps, i) {
  const here = steps[i];
  const phase = steps.filter((step) => step.phase === here.phase);
  const heading = say(here.phase, { i: phase.indexOf(here) + 1, n: phase.length });
  const { symbol, word } = titleOf(here.unit);
  const told = [html('h2', {}, heading), html('p', { class: 'who' }, html('b', {}, symbol), ` ${word}`)];
  if (here.step === null) {
    told.push(html('p', {}, say(`part_${here.phase}`, { n: here.unit.nodes.length })));
    return told;
  }
  if (life?.hidden) return [...told, html('p', {}, say('asking'))];
  told.push(html('p', {}, pick(here.step.sentence)));
  if (life?.touched) return [...told, html('p', {}, say('recorded'))];
  if (here.step.lines) {
    const equations = mathematics(pick(here.step.lines));
    for (const line of equations.querySelectorAll('[data-course]'))
      line.append(html('small', {}, say('course', { n: line.dataset.course })));
    told.push(html('div', { class: 'equations' }, equations));
  }
  for (const share of here.step.shares) {
    const target = seen.place.get(share.to);
    const name = target ? target.node?.name || titleOf(target).symbol : '';
    if (!target || share.hidden) continue;
    const holds = pick(share.total) === pick(share.sent) ? [] : [`, ${say('holds')} `, html('b', {}, pick(share.total))];
    told.push(html('p', { class: 'share' }, say('sends', { name }), ' ', html('b', {}, pick(share.sent)), ...holds));
  }
  if (here.unit.out.source) told.push(html('p', { class: 'source' }, html('code', {}, here.unit.out.source), ' ', html('code', {}, here.unit.out.text)));
  return told;
}

/** Equations that are wider than the panel are written smaller, as far as they stay legible; beyond, they are scrolled. */
function fitted(box) {
  for (const line of box.querySelectorAll('.equations p'))
    if (line.scrollWidth > line.clientWidth) line.querySelector('math').style.fontSize = `${Math.max(1.12 * (line.clientWidth / line.scrollWidth), .75)}rem`;
}

function cardTold(run, unit, known, actions) {
  const { symbol, word } = titleOf(unit);
  const told = [html('h2', {}, say('card')), html('p', { class: 'who' }, html('b', {}, symbol), ` ${word}`)];
  const rows = [];
  if (unit.part) rows.push([say('place'), unit.part.path], [say('operations', { n: '' }).trim(), String(unit.nodes.length)]);
  else rows.push([say('place'), run.parts[unit.inside].path || '–'], [say('source'), `${unit.out.source}  ${unit.out.text}`.trim() || '–']);
  rows.push([say('shape'), unit.out.shape || '()'], [say('value'), !known || known.values.has(unit.out.id) ? valueOf(unit.out) : say('absent')]);
  if (unit.out.gradient) rows.push([say('gradient'), gradientOf(unit, known) ?? say('absent')]);
  for (const [name, shape, gradient, id] of unit.node ? unit.node.chips : []) {
    const places = life?.touched ? life.places(unit.node.run, id) : null;
    const norm = !gradient ? '' : life?.touched ? (places ? exact(life.it.norm(places)) : '…') : pick(gradient);
    rows.push([name, `${shape}${norm ? ` · ‖∂L/∂·‖ ${norm}` : ''}`]);
  }
  const table = html('dl', {}, ...rows.flatMap(([name, value]) => [html('dt', {}, name), html('dd', {}, value)]));
  told.push(table);
  if (pick(unit.out.remarks)) told.push(html('p', { class: 'remark' }, pick(unit.out.remarks)));
  if (unit.part) told.push(html('button', { type: 'button', onclick: () => actions.toggle(unit.index) }, say('open')));
  return told;
}

/** Cards and parts whose name, symbol, word, place or line holds what is looked for. */
function searched(run, text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const holds = (...words) => words.some((word) => word && word.toLowerCase().includes(wanted));
  const parts = run.parts.map((part, index) => ({ part, index })).filter(({ part }) => holds(part.path, part.class) && part.path);
  const nodes = run.nodes.filter((node) => holds(node.symbol, node.name, pick(node.word), run.parts[node.in].path, node.source, node.text));
  return [
    ...parts.map(({ part, index }) => ({ label: part.path, index })),
    ...nodes.map((node) => ({ label: `${node.symbol} ${node.name || pick(node.word)} · ${run.parts[node.in].path || '/'}`, node })),
  ];
}
