// The page of a picture with its numbers: gradients through time, gates. The slider reads the picture step by step.

function readingPage(root) {
  const { pictures, columns, rows } = page.data;
  const asked = Math.trunc(Number(askedFor().get('s') ?? rows.length)) || rows.length;
  let at = Math.min(Math.max(asked, 1), rows.length) - 1;
  const figureBox = html('div', { id: 'frame', tabindex: 0, role: page.living?.runs ? 'group' : 'img' });
  const table = html('table', {});
  const caption = html('caption', {}), heads = columns.map(() => html('th', { scope: 'col' }));
  const lines = rows.map((row, i) => html('tr', { onclick: () => go(i) }, ...row.map((_, j) => html(j ? 'td' : 'th', j ? {} : { scope: 'row' }))));
  table.append(caption, html('thead', {}, html('tr', {}, ...heads)), html('tbody', {}, ...lines));
  const numbers = html('div', { class: 'numbers', tabindex: 0, role: 'group' }, table);
  const slider = html('input', { type: 'range', min: 1, max: rows.length, step: 1, oninput: () => go(slider.valueAsNumber - 1) });
  const place = html('output', { for: 'slider' });
  slider.id = 'slider';
  let shownFor = '';
  const lives = (page.living?.runs ?? []).map((told) => new Through(told));
  const still = page.living?.still ? html('p', { class: 'still' }) : null;
  const alive = lives.length ? new Alive(lives, () => at) : null;
  const still_picture = html('div', { class: 'recorded' });
  let rest = null;
  if (alive) {
    alive.hear(() => {
      alive.draw();
      still_picture.hidden = alive.touched;
      clearTimeout(rest);
      rest = setTimeout(cells, RESTED); // nobody reads a table of moving numbers
    });
    alive.go = (i) => go(i);
  }
  figureBox.append(...[alive?.chart, still_picture].filter(Boolean));

  function picture() {
    const key = `${state.language} ${state.theme}`;
    if (key === shownFor) return;
    shownFor = key;
    const parsed = new DOMParser().parseFromString(pictures[state.language][state.theme], 'image/svg+xml');
    still_picture.replaceChildren(document.importNode(parsed.documentElement, true));
  }

  function go(i) {
    at = Math.min(Math.max(i, 0), rows.length - 1);
    draw();
  }

  /** The table's numbers: those of the recorded run, or as they are now. */
  function cells() {
    rows.forEach((row, i) => row.forEach((cell, j) => {
      const now = alive?.touched && j && page.data.cells[j] !== undefined && typeof cell !== 'string' && typeof cell !== 'object';
      put(lines[i].children[j], now ? alive.cell(page.data.cells[j], i) : typeof cell === 'number' ? figure(cell) : pick(cell));
    }));
  }

  function draw() {
    picture();
    alive?.draw();
    if (still) still.textContent = pick(page.living.still);
    still_picture.hidden = Boolean(alive?.touched);
    figureBox.setAttribute('aria-label', page.titles[state.language]);
    slider.value = at + 1;
    slider.setAttribute('aria-label', say('slider'));
    slider.setAttribute('aria-valuetext', pick(rows[at][0]));
    place.textContent = `${pick(columns[0])} ${pick(rows[at][0])}`;
    put(caption, say('table'));
    columns.forEach((name, j) => put(heads[j], pick(name)));
    lines.forEach((line, i) => {
      line.classList.toggle('here', i === at);
      line.toggleAttribute('aria-current', i === at);
      if (i === at) mark(line, 'aria-current', 'step');
    });
    cells();
    numbers.setAttribute('aria-label', say('table'));
    const here = lines[at];
    if (alive) numbers.scrollTop = Math.min(Math.max(numbers.scrollTop, here.offsetTop + here.offsetHeight - numbers.clientHeight), here.offsetTop - here.offsetHeight);
    else here?.scrollIntoView({ block: 'nearest' });
    written(at === rows.length - 1 ? {} : { s: at + 1 });
  }

  root.append(
    html('main', { class: 'reading' }, figureBox, html('aside', { tabindex: 0, 'aria-label': say('table') }, still, ...(alive?.boxes ?? []), alive ? numbers : table)),
    html('footer', {}, slider, place),
  );
  alive?.pulls.forEach((pull) => pull.link.read(askedFor().get(pull.link.name)));
  return { draw, keys: { ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1), Home: () => go(0), End: () => go(rows.length - 1), u: () => alive?.undo(), r: () => alive?.reset() } };
}
