// Words in the reader's language, and elements that hold text as text: nothing here ever parses a string as HTML.

const page = { kind: '', titles: {}, words: {}, start: {}, data: null, living: null, source: [], formula: null }; // what the file carries
const state = {
  language: document.documentElement.lang,
  theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
};

/** A sentence of the page, with its {placeholders} filled. */
function say(key, values = {}) {
  return page.words[state.language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** The reader's version of a text that the file carries in each language. */
function pick(text) {
  return text === null || text === undefined ? '' : typeof text === 'string' ? text : text[state.language];
}

function figure(value) {
  if (value === null || value === undefined) return '';
  const size = Math.abs(value);
  const text = size && (size < 1e-3 || size >= 1e6) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  return text.replace('.', page.words[state.language].decimal).replace('-', '−');
}

/** What the address asks for, or what the file starts with. */
function askedFor() {
  return new URLSearchParams(location.hash.length > 1 ? location.hash.slice(1) : page.start);
}

const FRAMED = window.parent !== window; // inside another page, which the wheel scrolls
const ADDRESSED = location.protocol !== 'about:'; // a page that another one holds as text has no address

/** Put into the address what leads back to what is seen. */
function addressed(fragment) {
  if (ADDRESSED) history.replaceState(null, '', fragment ? `#${fragment}` : location.pathname + location.search);
}

const SVG = 'http://www.w3.org/2000/svg';

function make(space, tag, attributes = {}, ...children) {
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}
const html = (tag, attributes, ...children) => make(null, tag, attributes, ...children);
const svg = (tag, attributes, ...children) => make(SVG, tag, attributes, ...children);

/** Write a text only where it is another: what stays is neither laid out nor painted again. */
function put(element, text) {
  const told = String(text), { firstChild: first } = element;
  if (first && first === element.lastChild && first.nodeType === Node.TEXT_NODE) {
    if (first.data !== told) first.data = told;
  } else if (element.textContent !== told) element.textContent = told;
}

/** An attribute, only where it is another. */
function mark(element, name, value) {
  const told = String(value);
  if (element.getAttribute(name) !== told) element.setAttribute(name, told);
}

/** A style, only where it is another. */
function dyed(element, name, value) {
  const known = (element.dyes ??= {});
  if (known[name] !== value) element.style[name] = known[name] = value;
}

/** The choices of a list, [value, text] each; it is left alone where nothing changes, since a reader may have it open. */
function offered(select, choices, chosen) {
  const told = JSON.stringify(choices);
  if (select.told !== told) select.replaceChildren(...choices.map(([value, text]) => html('option', { value }, text)));
  select.told = told;
  if (select.value !== String(chosen)) select.value = chosen;
}

const tints = new Map();

/** A colour of the theme in force, for what is painted. */
function tint(name) {
  const key = `${state.theme} ${name}`;
  if (!tints.has(key)) tints.set(key, getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim());
  return tints.get(key);
}

/** Red, green and blue of a colour that is written #rrggbb. */
function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** Equations, which the file carries as MathML: read strictly as XML, and left out if they are not. */
function mathematics(text) {
  const wrapped = `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`;
  const parsed = new DOMParser().parseFromString(wrapped, 'application/xhtml+xml');
  if (parsed.querySelector('parsererror, script, iframe, object, [onload], [onerror]')) return html('div');
  return document.importNode(parsed.documentElement, true);
}
