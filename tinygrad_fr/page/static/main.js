// The page: one recorded run at several distances, or one picture with its numbers.

const RESTED = 150; // milliseconds after which a pull rests

/** The state as a fragment, so that an address leads back to what is seen. */
function written(more) {
  const kept = new URLSearchParams();
  const formula = askedFor().get('f');
  if (page.formula && formula && formula === page.titles[state.language]) kept.set('f', formula);
  for (const [key, { text, life: own, version }] of links) if (own.version === version) kept.set(key, text);
  if (state.language !== document.documentElement.dataset.first) kept.set('l', state.language);
  for (const [key, value] of Object.entries(more)) if (value !== null && value !== undefined) kept.set(key, value);
  addressed(kept.toString());
}

function runPage(root) {
  const runs = Object.fromEntries(Object.entries(page.data).map(([name, run]) => [name, prepared(run, name)]));
  const alive = page.living && !page.living.still;
  life = null;
  if (alive) life = new Life(page.living);
  const pull = alive ? new Pull(life) : null, train = alive && life.parameters.length ? new Train(life) : null;
  const predict = alive ? new Predict(life, () => ({ run, seen, show: (unit) => camera.show(at.cards.get(unit.key)) })) : null;
  const typed = page.formula ? new Typed((text) => page.again(text)) : null;
  const still = page.living?.still ? html('p', { class: 'still' }) : null;
  const asked = askedFor();
  const distances = ['auto', 'model', 'module', 'op', ...['equation', 'scalar'].filter((name) => runs[name])];
  let zoom = distances.includes(asked.get('z')) ? asked.get('z') : 'auto';
  let run, open, seen, at, steps, chosen, step, cameraSet = false, playing = null, told = '';

  const select = html('select', { id: 'distance', onchange: () => { zoom = select.value; reopen(); } });
  let before = null; // what had the focus when the search took it
  const search = html('input', {
    type: 'search', id: 'search', autocomplete: 'off', oninput: () => look(), onfocus: (event) => { before = event.relatedTarget; }, onkeydown: (event) => {
      if (event.key === 'Enter') results.querySelector('button')?.click();
      if (event.key === 'ArrowDown') results.querySelector('button')?.focus();
      if (event.key !== 'Escape') return;
      search.value = '';
      look();
      search.blur();
      before?.focus();
    },
  });
  const results = html('ul', { id: 'results', hidden: true });
  const status = html('p', { id: 'status', role: 'status' });
  const paper = svg('svg', { id: 'paper', role: 'group' });
  const frame = html('div', { id: 'frame' }, paper);
  const stepBox = html('section', { id: 'step', 'aria-live': 'polite' });
  const cardBox = html('section', { id: 'card' });
  const slider = html('input', { type: 'range', id: 'slider', step: 1, min: 0, oninput: () => go(slider.valueAsNumber - 1) });
  const camera = new Camera(frame, () => paper.querySelector('.paper')?.setAttribute('transform', `translate(${camera.x} ${camera.y}) scale(${camera.scale})`));
  const button = (key, sign, act) => html('button', { type: 'button', 'data-say': key, onclick: act }, html('span', { 'aria-hidden': 'true' }, sign));
  const play = button('play', '▶', () => toggle());
  const actions = { toggle: (part) => turn(part), choose: (unit) => { chosen = unit.key; tell(); keep(); } };

  const source = page.source?.length ? new Source(page.source, (where, turn) => toLine(where, turn)) : null;
  const sourceButton = source ? html('button', { type: 'button', id: 'code', onclick: () => { source.box.hidden = !source.box.hidden; beside(); } }) : null;
  if (source) source.box.hidden = asked.get('k') !== '1';

  /** Code beside the graph, or the graph alone. */
  function beside() {
    if (!source) return;
    sourceButton.setAttribute('aria-pressed', String(!source.box.hidden));
    root.querySelector('main').classList.toggle('coded', !source.box.hidden);
    if (at) redraw(true);
  }

  /** The operations of a line, one after the other. */
  function toLine(where, turn) {
    const nodes = run.nodes.filter((node) => node.source === where);
    if (nodes.length) reach({ node: nodes[turn % nodes.length] });
  }

  const current = () => runs[zoom] ?? runs.op;
  const known = () => (step < 0 ? null : knownAfter(run, seen, steps[step]));

  function reopen(paths) {
    run = current();
    open = openedAt(run, zoom === 'auto' ? null : zoom);
    for (const path of paths?.opened ?? []) if (run.byPath.has(path)) reaching(run, run.byPath.get(path)).forEach((i) => open.add(i));
    for (const path of paths?.closed ?? []) if (run.byPath.has(path)) open.delete(run.byPath.get(path));
    chosen = null;
    step = -1;
    redraw(true);
  }

  function turn(part) {
    const before = new Set(open);
    if (open.has(part)) open.delete(part);
    else reaching(run, part).forEach((i) => open.add(i));
    const many = folded(run, open).units.length;
    if (many > MOST) {
      open = before;
      status.textContent = say('too_many', { n: many, most: MOST });
      return;
    }
    const focus = open.has(part) ? `[data-part="${part}"]` : `[data-key="p${part}"]`;
    redraw(true);
    paper.querySelector(focus)?.focus();
  }

  const begin = () => camera.start(at, at.cards.get(seen.units[0].key));

  function redraw(fit) {
    if (life) life.hidden = null; // another picture has other cards
    const walked = step >= 0 ? steps[step].at : null;
    seen = folded(run, open);
    steps = stepsSeen(run, seen);
    if (walked !== null) step = steps.findIndex((each, i) => each.at >= walked || i === steps.length - 1); // as far as before
    at = laidOut(run, seen, open, frame.getBoundingClientRect());
    const arrow = (id, orient) => svg('marker', { id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient, markerUnits: 'userSpaceOnUse' }, svg('path', { d: 'M0,0 L8,4 L0,8 z' }));
    paper.replaceChildren(svg('defs', {}, arrow('ahead', 'auto'), arrow('behind', 'auto-start-reverse')), drawn(run, seen, at, actions));
    paper.setAttribute('aria-label', say('graph'));
    slider.max = steps.length;
    if (fit || !cameraSet) begin();
    cameraSet = true;
    camera.moved();
    status.textContent = '';
    inform();
    predict?.draw();
  }

  function inform() {
    informed(seen, known());
    if (step >= 0) camera.show(at.cards.get(steps[step].unit.key));
    tell();
    keep();
  }

  /** What a pull changes of the words beside the picture: a step is told otherwise only when it is no longer the recorded one. */
  function follow() {
    if (told !== toldNow()) return tell();
    const unit = seen.units.find((each) => each.key === chosen);
    if (unit) cardBox.replaceChildren(...cardTold(run, unit, known(), actions));
  }

  const toldNow = () => `${step} ${state.language} ${Boolean(life?.touched)} ${Boolean(life?.hidden)}`;

  function tell() {
    told = toldNow();
    const unit = seen.units.find((each) => each.key === chosen);
    stepBox.replaceChildren(...(step < 0 ? [html('h2', {}, say('step')), html('p', {}, say('pick'))] : stepTold(run, seen, steps, step)));
    fitted(stepBox);
    cardBox.replaceChildren(...(unit ? cardTold(run, unit, known(), actions) : []));
    for (const card of paper.querySelectorAll('.card')) card.classList.toggle('chosen', card.dataset.key === chosen);
    const here = unit ?? steps[step]?.unit;
    source?.light(here?.out.source);
    slider.value = step + 1;
    slider.setAttribute('aria-label', say('slider'));
    slider.setAttribute('aria-valuetext', step < 0 ? '–' : stepBox.querySelector('h2').textContent);
    document.getElementById('count').textContent = step < 0 ? `– / ${steps.length}` : `${step + 1} / ${steps.length}`;
  }

  function keep() {
    const base = openedAt(run, zoom === 'auto' ? null : zoom);
    const changed = run.parts.map((part, i) => [part.path, open.has(i), base.has(i)]);
    const list = (wanted) => changed.filter(([, now, first]) => now !== first && now === wanted).map(([path]) => path).join(',') || null;
    written({ z: zoom === 'auto' ? null : zoom, o: list(true), c: list(false), s: step < 0 ? null : step + 1, n: chosen, k: source && !source.box.hidden ? 1 : null });
  }

  function go(i) {
    chosen = null; // the line of the step is lit
    step = Math.min(Math.max(i, -1), steps.length - 1);
    inform();
  }

  function toggle() {
    clearInterval(playing);
    playing = playing === null ? setInterval(() => (step + 1 < steps.length ? go(step + 1) : toggle()), 1200) : null;
    play.dataset.say = playing === null ? 'play' : 'pause';
    named();
  }

  function look() {
    const found = searched(run, search.value);
    results.hidden = !search.value.trim();
    results.replaceChildren(...found.slice(0, 40).map((each) => html('li', {}, html('button', { type: 'button', onclick: () => reach(each) }, each.label))));
    status.textContent = search.value.trim() ? (found.length ? say('found', { n: found.length }) : say('none')) : '';
  }

  function reach({ node, index }) {
    const part = node ? node.in : run.parts[index].in ?? 0;
    if (!isOpen(run, open, part)) {
      reaching(run, part).forEach((i) => open.add(i));
      redraw(false);
    }
    chosen = node ? String(node.id) : open.has(index) ? null : `p${index}`;
    results.hidden = true;
    const unit = seen.units.find((each) => each.key === chosen);
    if (unit) camera.show(at.cards.get(unit.key));
    tell();
    keep();
    paper.querySelector(unit ? `[data-key="${chosen}"]` : `[data-part="${index}"]`)?.focus();
  }

  function named() {
    if (still) still.textContent = pick(page.living.still);
    typed?.draw();
    pull?.draw();
    train?.draw();
    for (const each of root.querySelectorAll('[data-say]')) {
      each.setAttribute('aria-label', say(each.dataset.say));
      each.title = say(each.dataset.say);
    }
    play.firstChild.textContent = playing === null ? '▶' : '❚❚';
    source?.draw();
    if (sourceButton) sourceButton.textContent = say('code');
    select.replaceChildren(...distances.map((name) => html('option', { value: name, selected: name === zoom }, say(name))));
    select.setAttribute('aria-label', say('distance'));
    search.placeholder = say('search');
    search.setAttribute('aria-label', say('search'));
  }

  document.getElementById('own').replaceChildren(...[sourceButton].filter(Boolean), select, html('div', { class: 'search' }, search, results));
  root.append(
    html('main', {}, ...[source?.box].filter(Boolean), frame, html('aside', { tabindex: 0, 'aria-label': `${say('step')}, ${say('card')}` }, typed?.box ?? null, still, ...(pull?.boxes(train, predict) ?? []), stepBox, cardBox)),
    html('footer', {},
      button('first', '⇤', () => go(0)), button('back', '←', () => go(step - 1)), play, button('next', '→', () => go(step + 1)), button('last', '⇥', () => go(steps.length - 1)),
      slider, html('output', { id: 'count', for: 'slider' }),
      button('farther', '−', () => camera.zoom(0.8)), button('fit', '⤢', () => camera.fit(at)), button('nearer', '+', () => camera.zoom(1.25)),
      status),
  );
  paper.addEventListener('focusin', (event) => {
    const place = at.cards.get(event.target.dataset.key);
    if (place && event.target.matches(':focus-visible')) camera.show(place);
  });
  addEventListener('resize', () => frame.isConnected && begin());
  let rest = null;
  let asks = null;
  life?.heard.push(() => {
    pull.draw();
    train?.draw();
    predict.draw();
    const other = asks !== life.hidden; // what a title or a label says is hidden, or shown again, at once
    asks = life.hidden;
    informed(seen, known(), other);
    follow();
    clearTimeout(rest);
    rest = setTimeout(() => { if (seen.units[0]?.made.card.isConnected) informed(seen, known()); }, RESTED);
  });
  named();
  pull?.link.read(asked.get('v'));
  const list = (key) => (asked.get(key) ?? '').split(',').filter(Boolean);
  reopen({ opened: list('o'), closed: list('c') });
  chosen = asked.get('n');
  beside();
  step = Math.min(Number(asked.get('s') ?? 0), steps.length) - 1;
  if (!Number.isInteger(step)) step = -1;
  inform();

  const aroundFocus = () => {
    const unit = seen.units.find((each) => each.key === document.activeElement?.dataset?.key) ?? seen.units.find((each) => each.key === chosen);
    if (unit && unit.inside) turn(unit.inside);
  };
  return {
    refused: (fault) => { typed.fault = fault; typed.field.value = fault.text; },
    draw: () => { named(); redraw(false); },
    keys: {
      ArrowLeft: () => go(step - 1), ArrowRight: () => go(step + 1), Home: () => go(0), End: () => go(steps.length - 1),
      ' ': toggle, '+': () => camera.zoom(1.25), '-': () => camera.zoom(0.8), 0: () => camera.fit(at),
      u: () => life?.undo(), p: () => predict?.ask(), c: () => sourceButton?.click(), r: () => life?.reset(),
      '/': () => search.focus(), Backspace: aroundFocus,
    },
  };
}

/** Title, language and theme: what both kinds of page have. */
function started() {
  const root = document.getElementById('app');
  document.documentElement.dataset.first = document.documentElement.lang;
  const asked = askedFor();
  if (Object.hasOwn(page.titles, asked.get('l'))) state.language = asked.get('l');
  const title = html('h1', {});
  const language = html('button', { type: 'button', id: 'language', onclick: () => { state.language = state.language === 'fr' ? 'en' : 'fr'; all(); } });
  const theme = html('button', { type: 'button', id: 'theme', onclick: () => { state.theme = state.theme === 'dark' ? 'light' : 'dark'; all(); } });
  const keys = html('dialog', { id: 'keys' });
  const help = html('button', { type: 'button', id: 'help', onclick: () => keys.showModal() }, '?');
  root.append(html('header', {}, title, html('div', { id: 'tools' }, html('div', { id: 'own' }), language, theme, help)), keys);
  let app = null;

  function all() {
    document.documentElement.lang = state.language;
    document.documentElement.dataset.theme = state.theme;
    document.title = title.textContent = page.titles[state.language];
    language.textContent = say('language');
    theme.textContent = say('theme');
    theme.setAttribute('aria-pressed', String(state.theme === 'dark'));
    help.setAttribute('aria-label', say('help'));
    keys.setAttribute('aria-label', say('help'));
    keys.replaceChildren(html('h2', {}, say('help')), html('ul', {}, ...say('keys').split(/\s·\s/).map((line) => html('li', {}, line))),
      html('button', { type: 'button', onclick: () => keys.close() }, say('close')));
    app?.draw();
  }

  /** The page anew, of what it holds now. */
  page.again = (text) => {
    links.clear();
    root.querySelector('main').remove();
    root.querySelector('footer').remove();
    addressed(new URLSearchParams({ f: text }));
    app = runPage(root);
    all();
    document.getElementById('formula-text').focus();
  };

  let refused = null;
  if (page.formula && asked.get('f')) {
    try {
      tookFormula(asked.get('f'), new Map());
    } catch (fault) {
      if (!(fault instanceof Wrong)) throw fault;
      refused = { fault, text: asked.get('f') };
    }
  }
  all();
  app = (page.kind === 'run' ? runPage : readingPage)(root);
  if (refused) app.refused(refused);
  app.draw();
  const own = { d: () => theme.click(), l: () => language.click(), '?': () => help.click() };
  addEventListener('keydown', (event) => {
    const box = event.target.type === 'checkbox'; // which reads no letters
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open || (['INPUT', 'SELECT'].includes(event.target.tagName) && !box)) return;
    if (event.key === ' ' && (box || event.target.tagName === 'BUTTON')) return;
    const act = app.keys[event.key] ?? own[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  document.documentElement.dataset.ready = 'true';
}

/** In place of a page that cannot be shown, one sentence; the file's own words may be what is damaged. */
function damaged(error) {
  const french = document.documentElement.lang === 'fr';
  document.getElementById('app').replaceChildren(html('p', { role: 'alert', class: 'damaged' }, french
    ? 'Ce fichier est abîmé, ou a été modifié à la main : il ne peut pas être montré. Refaites-le avec tinygrad-fr.'
    : 'This file is damaged, or was edited by hand: it cannot be shown. Write it again with tinygrad-fr.'));
  document.documentElement.dataset.ready = 'damaged';
  console.error(error);
}

/** The data, unpacked by the browser itself. */
async function unpacked() {
  const packed = Uint8Array.from(atob(document.getElementById('data').textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  Object.assign(page, JSON.parse(await new Response(stream).text()));
}

if (typeof DecompressionStream === 'undefined') document.getElementById('app').textContent = 'Navigateur trop ancien · This browser is too old (2023 or later is needed).';
else unpacked().then(started).catch(damaged);
