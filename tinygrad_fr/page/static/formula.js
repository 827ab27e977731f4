// A formula typed in the page becomes the graph: read sign by sign over a list of allowed words, never evaluated as code.

const TYPED = { '−': '-', '×': '*', '·': '*', '÷': '/' };
const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const [LONGEST_TYPED, DEEPEST_TYPED] = [2000, 150];
const GIVEN = { π: Math.PI, pi: Math.PI };
const FIRST = [0.5, 2, 1, -1]; // values of letters that have none yet

/** What is wrong in a formula, and where. */
class Wrong extends Error {
  constructor(key, at, told = {}) {
    super(key);
    Object.assign(this, { key, at, told });
  }
}

/** The words of a formula, each with its place. */
function wordsOf(text) {
  const found = [];
  for (let i = 0; i < text.length; ) {
    const rest = text.slice(i).replace(/^[−×·÷]/, (sign) => TYPED[sign]);
    const raised = rest.match(new RegExp(`^[${RAISED}]+`))?.[0];
    const word = rest.match(/^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/)?.[0] ?? rest.match(/^[\p{L}_][\p{L}\p{Nd}\p{M}_₀-₉]*/u)?.[0] ?? rest.match(/^(?:\*\*|[-+*/(),;=^])/)?.[0];
    if (/^\s/.test(rest)) i += 1;
    else if (raised) {
      found.push({ word: '**', at: i }, { word: [...raised].map((sign) => RAISED.indexOf(sign)).join(''), at: i });
      i += raised.length;
    } else if (word) {
      found.push({ word, at: i });
      i += word.length;
    } else throw new Wrong('typed_sign', i);
  }
  return [...found, { word: '', at: text.length }];
}

/** A formula as statements of trees: {name, tree}. */
function parsedFormula(text, table) {
  if (text.length > LONGEST_TYPED) throw new Wrong('typed_long', 0, { most: LONGEST_TYPED });
  const all = wordsOf(text);
  let next = 0, depth = 0;
  const here = () => all[next];
  const take = (word) => (here().word === word ? all[next++] : null);
  const expect = (word) => take(word) ?? refuse('typed_wanted', { sign: word });
  const refuse = (key, told = {}) => { throw new Wrong(key, here().at, told); };
  const isName = (word) => /^[\p{L}_]/u.test(word);
  const deeper = (act) => {
    if (++depth > DEEPEST_TYPED) refuse('typed_deep', { most: DEEPEST_TYPED });
    const found = act();
    depth -= 1;
    return found;
  };
  const row = (signs, part) => {
    let left = part();
    while (signs.includes(here().word)) {
      const { word, at } = all[next++];
      left = { call: word, args: [left, part()], at };
    }
    return left;
  };
  const sum = () => deeper(() => row(['+', '-'], product));
  const product = () => row(['*', '/'], signed_);
  const signed_ = () => {
    const { at } = here();
    if (take('-')) return { call: 'neg', args: [deeper(signed_)], at };
    if (take('+')) return deeper(signed_);
    return power_();
  };
  const power_ = () => {
    const base = atom(), { at } = here();
    if (here().word === '^') refuse('typed_power');
    return take('**') ? { call: '**', args: [base, deeper(signed_)], at } : base;
  };
  const atom = () => {
    const { word, at } = here();
    if (take('(')) {
      const inner = sum();
      expect(')');
      return inner;
    }
    if (/^[\d.]/.test(word)) {
      next += 1;
      if (!Number.isFinite(Number(word))) throw new Wrong('typed_infinite', at);
      return { number: Number(word), at };
    }
    if (!isName(word)) refuse('typed_value');
    next += 1;
    if (here().word !== '(') return Object.hasOwn(GIVEN, word) ? { number: GIVEN[word], at } : { name: word, at };
    if (!Object.hasOwn(table, word)) throw new Wrong('typed_unknown', at, { name: word });
    next += 1;
    const args = [sum()];
    while (take(',')) args.push(sum());
    if (args.length !== table[word].arity) throw new Wrong('typed_arity', at, { name: word, wanted: table[word].arity, found: args.length });
    expect(')');
    return { call: word, args, at };
  };
  const statements = [];
  do {
    if (!here().word && statements.length) break;
    const name = isName(here().word) && all[next + 1].word === '=' ? all[next].word : '';
    if (name) next += 2;
    const { at } = here();
    statements.push({ name, tree: sum() });
    if (!name && here().word === ';' && all[next + 1].word) throw new Wrong('typed_name', at);
  } while (take(';'));
  if (here().word) refuse('typed_more');
  return statements;
}

/** A formula at values of its letters, as what a page carries of a run: its document and its program. */
function formulaRun(text, table, values) {
  const statements = parsedFormula(text, table);
  const leaves = [0], stretches = [], codes = [], names = new Map(), made = [], operands = [[], [], []];
  const pending = []; // operations in their order: {key, args}, before places are known
  const leaf = (value) => leaves.push(value) - 1;
  const known = new Map(), letters = new Map(), constants = new Map([[0, 0]]);
  const built = (tree) => {
    if ('number' in tree) {
      if (!constants.has(tree.number)) constants.set(tree.number, leaf(tree.number));
      return { leaf: constants.get(tree.number), number: tree.number };
    }
    if (tree.name) {
      if (known.has(tree.name)) return known.get(tree.name);
      if (!letters.has(tree.name)) letters.set(tree.name, { leaf: leaf(values.get(tree.name) ?? FIRST[letters.size % 4]) });
      return letters.get(tree.name);
    }
    const args = tree.args.map(built);
    pending.push({ op: pending.length, tree, args });
    return pending.at(-1);
  };
  let last = null;
  statements.forEach(({ name, tree }, i) => {
    if (name && letters.has(name)) throw new Wrong('typed_before', tree.at, { name });
    last = built(tree);
    if (name && i < statements.length - 1 && 'number' in last && !letters.has(name)) letters.set(name, last = { leaf: leaf(values.get(name) ?? last.number) }); // a value that the formula itself gives
    if (name) {
      known.set(name, last);
      if (last.op !== undefined) names.set(last.op, name);
    }
  });
  if (last.op === undefined) throw new Wrong('typed_nothing', 0);
  const place = (x) => (x.op === undefined ? x.leaf : leaves.length + x.op);
  const ran = pending.slice(0, last.op + 1);
  ran.forEach(({ op, tree, args }) => {
    const { key } = table[tree.call];
    if (!codes.includes(key)) codes.push(key);
    stretches.push(codes.indexOf(key), place({ op }), place({ op }) + 1, place({ op }));
    operands.forEach((row, k) => row.push(args[k] ? place(args[k]) : 0));
  });
  const differences = (row) => row.map((value, i) => value - (row[i - 1] ?? 0));
  const bytes = new Uint8Array(Float64Array.from(leaves).buffer);
  const size = leaves.length + ran.length, loss = place(last);
  const program = { size, codes, stretches, operands: operands.map((row) => (row.some(Boolean) ? differences(row) : [])), leaves: btoa(String.fromCharCode(...bytes)), choices: [] };
  return { program, loss, ran, letters, names, place, table };
}

/** The document of a formula: one card for each letter and operation, and every step of its walk. */
function formulaDocument({ program, loss, ran, letters, names, place, table }) {
  const it = new Living(program, loss);
  const both = (tell) => {
    const own = state.language;
    const found = Object.fromEntries(Object.keys(page.words).map((code) => [(state.language = code), tell()]));
    state.language = own;
    return found;
  };
  const node = (id, kind, symbol, name, word, gradient = true) => ({
    id, in: 0, kind, symbol, name, role: '', time: null, word, shape: '', value: both(() => exact(it.values[id])), strip: null,
    gradient: gradient ? both(() => exact(it.gradients[id])) : null, source: '', text: '', remarks: both(() => ''), chips: [],
  });
  const nodes = [...letters].map(([name, letter]) => node(place(letter), 'parameter', name, '', both(() => say('letter'))));
  for (const { op, tree, args } of ran) {
    const { symbol, word } = table[tree.call], id = place({ op });
    const numbers = args.filter((arg) => 'number' in arg).map((arg) => arg.number);
    nodes.push(node(id, id === loss ? 'output' : 'op', symbol, names.get(op) ?? '', both(() => [word[state.language], ...numbers.map(exact)].join(' · '))));
  }
  const told = (id) => nodes.find((each) => each.id === id);
  const called = (id) => told(id).name || told(id).symbol;
  const ties = [], steps = [];
  const shared = new Map(); // place → [what came so far, how many shares, of how many]
  for (const { args } of ran) for (const arg of args) if (told(place(arg))) shared.set(place(arg), [0, 0, (shared.get(place(arg))?.[2] ?? 0) + 1]);
  for (const { op, args } of ran) {
    const id = place({ op });
    steps.push({ phase: 'forward', node: id, lines: null, shares: [], sentence: both(() => say('formula_forward', { name: called(id), reads: args.map((arg) => exact(it.values[place(arg)])).join(' ; '), value: exact(it.values[id]) })) });
  }
  for (const { op, args } of [...ran].reverse()) {
    const id = place({ op }), shares = [];
    const stretch = it.stretches.find(({ start }) => start === id);
    args.forEach((arg, k) => {
      const to = place(arg);
      if (!told(to)) return;
      const scratch = new Float64Array(it.size), rows = it.operands.map((row, j) => (j === k ? row : Int32Array.from(row, (at, i) => (i === id && at === to ? 0 : at))));
      // the share of this operand alone: the other is read at the same value, but what is sent to it goes to place 0
      const read = Float64Array.from(it.values);
      const other = args.findIndex((each, j) => j !== k && place(each) === to);
      if (other >= 0) read[0] = it.values[to];
      scratch[id] = it.gradients[id];
      OPERATIONS[stretch.key].backward(read, scratch, ...rows, id, id + 1);
      const sent = scratch[to], held = shared.get(to);
      held[0] += sent;
      held[1] += 1;
      ties.push([to, id, Math.abs(sent), sent]);
      const total = held[0], [, count, all] = held;
      shares.push({ to, hidden: false, sent: both(() => exact(sent)), total: both(() => (count < all ? `${exact(total)}  (${count}/${all})` : exact(total))), course: null });
    });
    steps.push({ phase: 'backward', node: id, lines: null, shares, sentence: both(() => say('formula_backward', { name: called(id), value: exact(it.gradients[id]) })) });
  }
  const cards = { op: Object.fromEntries(nodes.map(({ id }) => [id, [id, 1]])) };
  const leaves = [...letters].map(([name, letter]) => ({ name, in: '', kind: 'parameter', shape: '', sides: [], gradient: true, places: [place(letter), 1] }));
  const parts = [{ path: '', name: '', kind: 'run', class: '', step: null, in: null }];
  return {
    data: { op: { parts, nodes, ties, steps, outputs: [loss] } },
    living: { program, loss, cards, leaves, names: Object.fromEntries(nodes.map(({ id }) => [id, called(id)])), activations: page.formula.activations, plane: null, gates: [] },
  };
}

/** Put a formula in the place of what the page shows. Nothing changes where it cannot be read. */
function tookFormula(text, values) {
  const made = formulaDocument(formulaRun(text, page.formula.table, values));
  Object.assign(page, made, { source: [], start: {}, titles: Object.fromEntries(Object.keys(page.titles).map((code) => [code, text])) });
}

/** The field in which a formula is typed. */
class Typed {
  constructor(again) {
    this.label = html('label', { for: 'formula-text' });
    this.field = html('input', { id: 'formula-text', type: 'text', autocomplete: 'off', spellcheck: 'false', value: page.titles[state.language] });
    this.button = html('button', { type: 'submit' });
    this.wrong = html('p', { class: 'wrong', role: 'alert' });
    this.box = html('section', { id: 'formula' }, html('form', { onsubmit: (event) => { event.preventDefault(); this.read(again); } }, this.label, html('p', { class: 'buttons' }, this.field, this.button)), this.wrong);
    this.fault = null;
  }

  read(again) {
    const text = this.field.value.trim();
    const values = new Map((life?.leaves ?? []).filter(({ at }) => at.length === 1).map(({ name, at }) => [name, life.it.values[at[0]]]));
    try {
      tookFormula(text, values);
    } catch (fault) {
      if (!(fault instanceof Wrong)) throw fault;
      this.fault = { fault, text };
      return this.draw();
    }
    again(text);
  }

  draw() {
    this.label.textContent = say('formula');
    this.button.textContent = say('draw');
    const { fault, text } = this.fault ?? {};
    this.wrong.textContent = fault ? say('typed_wrong', { marked: `${text.slice(0, fault.at)}^${text.slice(fault.at)}`, said: say(fault.key, fault.told) }) : '';
  }
}
