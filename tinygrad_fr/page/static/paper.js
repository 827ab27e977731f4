// The picture: panels, lines, cards. Drawn when something opens or closes; a step only changes words and colours.

const ROLES = ['f', 'i', 'C̃', 'o', 'z', 'r', 'h̃', 'C', 'h'];
const GATES = ['f', 'i', 'o', 'z', 'r'];

// What came back as numbers with their signs: "2 × −1.537" where all are alike, else a short sum; nothing where arrays came.
function signed(numbers) {
  if (!numbers.length || numbers.length > 3 || numbers.includes(null)) return '';
  const exact = (value) => (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e3 ? value.toFixed(3) : figure(value));
  const said = numbers.map((value) => exact(value).replace('.', page.words[state.language].decimal).replace('-', '−'));
  if (said.length > 1 && new Set(said).size === 1) return `${said.length} × ${said[0]}`;
  return said.map((text, i) => (i && numbers[i] < 0 ? `(${text})` : text)).join(' + ');
}

/** What a card is called, large, and the word for it, small. */
function titleOf(unit) {
  if (unit.part) {
    const { part } = unit;
    const name = part.kind === 'step' ? `t = ${part.step}` : part.name;
    const word = part.kind === 'step' ? say('times') : part.kind === 'equation' ? '' : part.class;
    return { symbol: name, word };
  }
  const { node } = unit;
  const low = node.time === null ? '' : [...String(node.time)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[digit]).join('');
  return { symbol: `${node.symbol}${low}`, word: node.name || pick(node.word) };
}

/** A card in words, for readers who hear it. */
function spoken(unit, known) {
  const { symbol, word } = titleOf(unit);
  const said = [symbol, word];
  if (unit.part) said.push(say('operations', { n: unit.nodes.length }));
  said.push(`${say('value')} ${known && !known.values.has(unit.out.id) ? say('absent') : valueOf(unit.out)}`);
  if (unit.out.gradient) said.push(`${say('gradient')} ${gradientOf(unit, known) ?? say('absent')}`);
  return said.filter(Boolean).join(', ');
}

function gradientOf(unit, known) {
  if (life?.hides(unit.out, 'gradient')) return gradientNow(unit.out);
  if (!known) return gradientNow(unit.out);
  const held = known.totals.get(unit.out.id) ?? null;
  return held === null || !life?.touched ? held : /\(\d+\/\d+\)$/.test(held) ? '…' : gradientNow(unit.out); // a part of it is not known now
}

function drawn(run, seen, at, actions) {
  const panels = at.boxes.map(([part, box]) => panelDrawn(run, part, box, actions));
  const lines = seen.ties.map((tie) => lineDrawn(tie, at.lines.get(tie.key)));
  const cards = seen.units.map((unit) => cardDrawn(unit, at.cards.get(unit.key), actions));
  return svg('g', { class: 'paper' }, svg('g', {}, ...panels), svg('g', { class: 'ties' }, ...lines), svg('g', { class: 'cards' }, ...cards));
}

function panelDrawn(run, part, [left, top, right, bottom], actions) {
  const { name, kind, step, class: type } = run.parts[part];
  const title = kind === 'step' ? `t = ${step}` : type && type.toLowerCase() !== name.toLowerCase() ? `${name} · ${type}` : name;
  const text = svg('text', { x: left + 9, y: top + 16, class: 'title' }, `▾ ${title}`);
  return svg('g', { class: 'panel' },
    svg('rect', { x: left, y: top, width: right - left, height: bottom - top, rx: 9 }),
    svg('g', {
      role: 'button', tabindex: 0, 'data-part': part, 'aria-label': `${title}: ${say('shut')}`, class: 'fold',
      onclick: () => actions.toggle(part), onkeydown: (event) => event.key === 'Enter' && actions.toggle(part),
    }, svg('rect', { x: left + 3, y: top + 2, width: widthOf(`▾ ${title}`, 12) + 14, height: 20, rx: 5, class: 'hit' }), text));
}

function lineDrawn(tie, { points, x, y }) {
  const [first, ...rest] = points;
  const last = rest.pop() ?? first;
  let course = `M${first.x},${first.y}`;
  rest.forEach((point, i) => {
    const next = rest[i + 1] ?? last;
    const end = i === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    course += ` Q${point.x},${point.y} ${end.x},${end.y}`;
  });
  if (!rest.length) course += ` L${last.x},${last.y}`;
  const middle = points[Math.floor(points.length / 2)];
  const line = svg('path', { d: course, class: 'line', 'marker-end': 'url(#ahead)' });
  const label = svg('text', { x: x ?? middle.x, y: (y ?? middle.y) - 4, class: 'carried' }), title = svg('title', {}, '');
  const group = svg('g', { class: 'tie', 'data-tie': tie.key }, title, line, label);
  tie.made = { group, line, label, title };
  return group;
}

function cardDrawn(unit, { x, y, width, height }, actions) {
  const [left, top] = [x - width / 2, y - height / 2];
  const { symbol, word } = titleOf(unit);
  const role = unit.node && ROLES.includes(unit.node.role) ? ROLES.indexOf(unit.node.role) : null;
  const kind = unit.part ? 'part' : unit.node.kind;
  const items = [svg('rect', { x: left, y: top, width, height, rx: 8, class: 'ground' })];
  let line = top + PAD + 11;
  const text = (content, type, dx = 0) => {
    const made = svg('text', { x: left + PAD + dx, y: line, class: type }, content);
    items.push(made);
    return made;
  };
  const large = text(symbol, 'symbol');
  if (role !== null) large.style.fill = `var(--role-${role})`;
  text(word, 'word', widthOf(symbol, 16, 700) + 8);
  line += LINE;
  if (unit.part) { text(say('operations', { n: unit.nodes.length }), 'row'); line += LINE; }
  if (unit.out.strip) {
    items.push(strip(unit.out, left + PAD, line - 11));
    line += LINE;
  }
  const row = (label, type) => {
    const now = svg('tspan', {}), made = text('', `row ${type}`);
    made.append(svg('tspan', { class: 'label' }, label), now);
    line += LINE;
    return { made, now };
  };
  const value = row(`${say('value')} `, 'value'), gradient = unit.out.gradient ? row('∂L/∂· ', 'gradient') : null;
  for (const [name, shape] of unit.node ? unit.node.chips : []) {
    items.push(svg('rect', { x: left + PAD - 3, y: line - 12, width: width - 2 * PAD + 6, height: 15, rx: 5, class: 'chip' }));
    items.push(svg('text', { x: left + PAD + 3, y: line, class: 'chiptext' }, svg('tspan', { class: 'strong' }, name), ` ${shape}`));
    line += LINE;
  }
  const title = svg('title', {}, '');
  const card = svg('g', {
    class: `card ${kind}`, role: 'button', tabindex: 0, 'data-key': unit.key,
    onclick: () => actions.choose(unit), ondblclick: () => unit.part && actions.toggle(unit.index),
    onkeydown: (event) => event.key === 'Enter' && (event.shiftKey || !unit.part ? actions.choose(unit) : actions.toggle(unit.index)),
  }, title, ...items);
  unit.made = { card, value, gradient, title, cells: [...card.querySelectorAll('.strip rect')] };
  const place = pullable(unit.node);
  if (place !== null) {
    card.classList.add('pullable');
    pulled(card, place);
  }
  if (unit.part) {
    const button = svg('g', { class: 'opener', onclick: (event) => { event.stopPropagation(); actions.toggle(unit.index); } },
      svg('circle', { cx: left + width - 13, cy: top + 13, r: 8 }), svg('text', { x: left + width - 13, y: top + 17.5 }, '+'));
    card.append(button);
  }
  return card;
}

/** Values as colours: from closed to open for gates, by sign for everything else. */
function strip(node, left, top) {
  const gate = GATES.includes(node.role);
  const cells = node.strip.map((cell, i) => {
    const rect = svg('rect', { x: left + 13 * i, y: top, width: 12, height: 12 });
    dyed(rect, 'fill', shade(cell, gate));
    return rect;
  });
  return svg('g', { class: 'strip' }, ...cells);
}

function shade(cell, gate) {
  const [from, to] = gate ? ['closed', 'open'] : ['zero', cell < 0 ? 'negative' : 'positive'];
  return `color-mix(in srgb, var(--${to}) ${Math.abs(cell)}%, var(--${from}))`;
}

/** The strip as it is now. */
function recoloured(rects, node) {
  if (!node.strip) return;
  const cells = (life.touched && life.strip(node.run, node.id, node.strip.length)) || node.strip;
  rects.forEach((rect, i) => dyed(rect, 'fill', shade(cells[i], GATES.includes(node.role))));
}

/** What goes back along a line now: known where it is all that its source receives. */
function carriedNow(tie) {
  if (tie.source.part || tie.source.uses > 1) return null;
  const places = life.places(tie.source.out.run, tie.source.out.id);
  return places?.length ? { norm: life.it.norm(places), text: life.gradient(tie.source.out.run, tie.source.out.id) } : null;
}

/** Show what is known after a step: nothing moves. Words for readers who hear them, and those under the mouse, wait for a pull to rest. */
function informed(seen, known, resting = true) {
  const [low, high] = seen.reach;
  const share = (norm) => (norm > 0 ? Math.max(0, Math.min(1, high > low ? (Math.log(norm) - low) / (high - low) : 1)) : 0);
  for (const unit of seen.units) {
    const { card, value, gradient: row, title, cells } = unit.made;
    const computed = !known || known.values.has(unit.out.id);
    const gradient = gradientOf(unit, known);
    card.classList.toggle('unknown', !computed);
    card.classList.toggle('asked', Boolean(life?.hidden) && life.hidden.unit.key === unit.key);
    card.classList.toggle('active', Boolean(known) && known.unit === unit);
    card.classList.toggle('sending', Boolean(known) && known.unit === unit && known.phase === 'backward');
    put(value.now, computed ? valueOf(unit.out) : say('absent'));
    value.made.classList.toggle('absent', !computed);
    if (life) recoloured(cells, unit.out);
    if (row) {
      put(row.now, gradient ?? say('absent'));
      row.made.classList.toggle('absent', gradient === null);
    }
    if (!resting) continue;
    const told = spoken(unit, known);
    mark(card, 'aria-label', told);
    put(title, [told, unit.out.source].filter(Boolean).join(' · '));
  }
  for (const tie of seen.ties) {
    const { group, line, label, title } = tie.made;
    const back = !known || tie.uses.some(([from, to]) => known.sent.has(`${from}>${to}`));
    const live = life?.touched ? carriedNow(tie) : null;
    const norm = life?.touched ? live?.norm ?? 0 : tie.norm;
    const came = back && tie.norm > 0 && (!known || known.phase === 'backward');
    const active = known && ((known.phase === 'forward' && known.unit === tie.target) || (known.phase === 'backward' && known.unit === tie.target && came));
    group.classList.toggle('back', came);
    group.classList.toggle('active', Boolean(active));
    dyed(line, 'strokeWidth', came ? (1.2 + 3 * share(norm)).toFixed(1) : '');
    dyed(line, 'stroke', came ? `color-mix(in srgb, var(--large) ${Math.round(100 * share(norm))}%, var(--backward-soft))` : '');
    mark(line, 'marker-start', came ? 'url(#behind)' : '');
    const asked = came && life?.hides(tie.source.out, 'gradient');
    const sum = asked ? '?' : !came ? '' : life?.touched ? live?.text ?? '…' : signed(tie.numbers);
    put(label, came ? sum || figure(tie.norm) : '');
    if (resting) put(title, came ? (sum ? `∂L/∂· ${sum}` : `‖∂L/∂·‖ ${figure(tie.norm)}`) : '');
  }
}
