// A link to the numbers: what was changed, in the address. An address is read with suspicion: it may have been edited.

const LINKED = 4000; // numbers that an address may carry

const links = new Map(); // key of the address → what it leads to

const written64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const read64 = (text) => new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0)));

/** What was changed since the recorded run, as text; null where it is too much for an address. */
function linkOf(life) {
  const { it, points } = life;
  const numbers = it.leaves.flatMap((place, i) => (Object.is(it.values[place], it.first[i]) ? [] : [[i, it.values[place]]]));
  if (numbers.length > LINKED || numbers.some(([, value]) => !Number.isFinite(value))) return null;
  const keys = it.stretches.flatMap(({ key }, i) => (key === it.firstKeys[i] ? [] : [[i, Object.values(life.activations).indexOf(key)]]));
  const told = { size: it.size, numbers, keys, choices: it.choices.map(({ values }) => [...values]) };
  if (points && (points.name !== 'own' || String(points.list) !== String(points.sets.own))) told.points = [points.name, points.list];
  if (points && (points.noise || points.held)) told.tested = [points.noise, points.held];
  return written64(JSON.stringify(told));
}

/** Put the numbers of an address into the run; false where it does not fit, and then nothing has changed. */
function linked(life, text) {
  const { it, points, activations } = life;
  const whole = (value, below) => Number.isInteger(value) && value >= 0 && value < below;
  const pairs = (list, good) => Array.isArray(list) && list.every((pair) => Array.isArray(pair) && pair.length === 2 && good(...pair));
  let told;
  try {
    told = JSON.parse(read64(text));
  } catch {
    return false;
  }
  const swaps = Object.values(activations);
  const fits = told?.size === it.size
    && pairs(told.numbers, (i, value) => whole(i, it.leaves.length) && Number.isFinite(value))
    && pairs(told.keys, (i, key) => whole(i, it.stretches.length) && whole(key, swaps.length) && swaps.includes(it.firstKeys[i]))
    && Array.isArray(told.choices) && told.choices.length === it.choices.length
    && told.choices.every((values, k) => Array.isArray(values) && values.length === it.choices[k].values.length && values.every((value) => whole(value, it.choices[k].count)));
  if (!fits) return false;
  const [noise, held] = Array.isArray(told.tested) ? told.tested : [0, false];
  if (told.tested !== undefined && !(points && NOISES.includes(noise) && typeof held === 'boolean')) return false;
  if (told.points !== undefined) {
    const [name, list] = Array.isArray(told.points) ? told.points : [];
    const good = points && Object.hasOwn(points.sets, name) && Array.isArray(list) && list.length <= 2000
      && list.every((point) => Array.isArray(point) && point.length === 3 && point.every(Number.isFinite) && whole(point[2], points.classes.length));
    if (!good) return false;
    points.noise = noise; // the list has it already
    points.take(name);
    points.list = list;
  }
  if (points) [points.noise, points.held] = [noise, held];
  life.change(() => {
    for (const [i, value] of told.numbers) it.values[it.leaves[i]] = value;
    for (const [i, key] of told.keys) it.stretches[i].key = swaps[key];
    told.choices.forEach((values, k) => it.choices[k].choose(values));
  });
  return true;
}

/** The button, and what it says. */
class Link {
  constructor(life, key = 'v') {
    Object.assign(this, { life, name: key });
    this.button = html('button', { type: 'button', hidden: !ADDRESSED, onclick: () => this.make() });
    this.said = html('p', { class: 'told', role: 'status' });
    this.key = null;
  }

  make() {
    const text = linkOf(this.life);
    this.tell(text === null ? 'link_large' : 'link_made');
    if (text === null) return;
    links.set(this.name, { text, life: this.life, version: this.life.version });
    const kept = new URLSearchParams(location.hash.slice(1));
    kept.set(this.name, text);
    addressed(kept);
    navigator.clipboard?.writeText(location.href).catch(() => {}); // it stands in the address too
  }

  /** What the address asks for, once. */
  read(text) {
    if (text === null) return;
    if (linked(this.life, text)) links.set(this.name, { text, life: this.life, version: this.life.version });
    else this.tell('link_strange');
  }

  tell(key) {
    this.key = key;
    this.draw();
  }

  draw() {
    this.button.textContent = say('link');
    this.said.textContent = this.key ? say(this.key, { most: LINKED }) : '';
  }
}
