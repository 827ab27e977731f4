// Predict: a number is hidden and asked for. What is wrong in an answer is read from the record: the branches by which a
// gradient comes back, what arrives at each, and what each multiplies it by.

const CLOSE = 0.02; // an answer with two figures is right
const FACTORS = [2, 3, 4, 10, 0.5, 1 / 3, 0.25, 0.1];

const near = (answer, value) => Math.abs(answer - value) <= Math.max(CLOSE * Math.abs(value), 6e-4 * Math.min(1, Math.abs(value) * 1e3 || 1));

/** Each operation that reads a number: what it sends back, what arrives at it, and the derivative between the two. */
function branches(it, place) {
  const found = [], scratch = new Float64Array(it.size), [A, B, C] = it.operands;
  for (const { key, start, stop, vertex } of it.stretches) {
    for (let i = start; i < stop; i++) {
      if (A[i] !== place && B[i] !== place && C[i] !== place) continue;
      scratch[i] = it.gradients[i];
      OPERATIONS[key].backward(it.values, scratch, A, B, C, i, i + 1);
      const upstream = it.gradients[i];
      found.push({ sent: scratch[place], upstream, local: upstream ? scratch[place] / upstream : NaN, vertex, key });
      for (const at of [i, A[i], B[i], C[i]]) if (at !== undefined) scratch[at] = 0;
    }
  }
  return found;
}

/** What an answer about a gradient is: a key of the page's words and what stands in it. */
function judgedGradient(it, place, answer, name) {
  const value = it.gradients[place];
  if (near(answer, value)) return { right: true, key: 'is_right', told: {} };
  const ways = branches(it, place).filter(({ sent, upstream }) => sent || upstream);
  const names = (some) => some.map(({ vertex }) => name(vertex)).join(', ');
  if (ways.length > 1 && ways.length <= 8) {
    for (let chosen = 1; chosen < 2 ** ways.length - 1; chosen++) {
      const some = ways.filter((_, i) => chosen >> i & 1);
      if (near(answer, some.reduce((sum, { sent }) => sum + sent, 0)) && answer !== 0)
        return { key: 'is_branch', told: { some: names(some), rest: names(ways.filter((_, i) => !(chosen >> i & 1))) } };
    }
  }
  if (near(answer, -value)) return { key: 'is_sign', told: {} };
  for (const { upstream, local, vertex } of ways) {
    if (near(answer, upstream) && upstream) return { key: 'is_upstream', told: { name: name(vertex), local: exact(local) } };
    if (near(answer, local)) return { key: 'is_local', told: { name: name(vertex), upstream: exact(upstream) } };
  }
  return judgedSize(answer, value);
}

const DONE = { '+': (a, b) => a + b, '−': (a, b) => a - b, '×': (a, b) => a * b, '÷': (a, b) => a / b };

/** The same for a value: the operation that makes it, and what its operands are. */
function judgedValue(it, place, answer, name) {
  const value = it.values[place];
  if (near(answer, value)) return { right: true, key: 'is_right', told: {} };
  if (near(answer, -value)) return { key: 'is_sign', told: {} };
  const stretch = it.stretches.find(({ start, stop }) => start <= place && place < stop);
  const operation = name(stretch.vertex);
  const operands = it.operands.map((row) => row[place]).filter((at) => at).map((at) => it.values[at]);
  const own = operands.length === 2 ? Object.entries(DONE).find(([, act]) => near(act(...operands), value))?.[0] : null;
  if (operands.length === 2) {
    for (const [sign, act] of Object.entries(DONE)) if (sign !== own && near(answer, act(...operands))) return { key: 'is_other', told: { sign, name: operation } };
  }
  const half = operands.findIndex((each) => near(answer, each));
  if (half >= 0) return { key: operands.length > 1 ? 'is_half' : 'is_before', told: { name: operation, other: exact(operands[1 - half] ?? 0) } };
  return judgedSize(answer, value);
}

function judgedSize(answer, value) {
  if (!value) return { key: 'is_zero', told: {} };
  const ratio = answer / value, size = Math.abs(ratio);
  const factor = FACTORS.find((each) => near(size, each));
  if (factor) return { key: ratio < 0 ? 'is_factor_sign' : 'is_factor', told: { factor: exact(factor < 1 ? 1 / factor : factor), way: say(factor < 1 ? 'too_small' : 'too_large') } };
  return { key: ratio < 0 ? 'is_off_sign' : 'is_off', told: { way: say(size < 1 ? 'too_small' : 'too_large') } };
}

class Predict {
  constructor(life, shown) {
    Object.assign(this, { life, shown });
    this.right = this.asked = this.turn = 0;
    this.verdict = null;
    this.title = html('h2', {});
    this.what = html('select', { onchange: () => this.ask() });
    this.start = html('button', { type: 'button', onclick: () => this.ask() });
    this.question = html('label', { for: 'answer' });
    this.answer = html('input', { id: 'answer', type: 'text', inputmode: 'decimal', autocomplete: 'off' });
    this.send = html('button', { type: 'submit' });
    this.show = html('button', { type: 'button', onclick: () => this.reveal() });
    this.form = html('form', { onsubmit: (event) => { event.preventDefault(); this.judge(); } }, this.question, html('p', { class: 'buttons' }, this.answer, this.send, this.show));
    this.told = html('p', { class: 'judged', role: 'status' });
    this.score = html('p', { class: 'told' });
    this.box = html('section', { id: 'predict' }, this.title, html('p', { class: 'buttons' }, this.what, this.start), this.form, this.told, this.score);
  }

  /** Cards that are seen and whose numbers are few enough to be asked for one by one. */
  candidates(what) {
    const { run, seen } = this.shown();
    return seen.units.filter((unit) => unit.node && !run.outputs.includes(unit.node.id)).flatMap((unit) => {
      const places = this.life.places(unit.node.run, unit.node.id);
      if (!places?.length || places.length > 4) return [];
      if (what === 'gradient' ? !unit.node.gradient : ['input', 'parameter'].includes(unit.node.kind) || places.some((at) => !this.life.it.computed[at])) return [];
      return [...places].map((place, i) => ({ unit, place, what, name: titleOf(unit).symbol + (unit.node.name ? ` (${unit.node.name})` : '') + (places.length > 1 ? ` [${i}]` : '') }));
    });
  }

  /** The next question, in an order that is always the same: a class asks it together. */
  ask() {
    const list = this.candidates(this.what.value || 'gradient');
    if (!list.length) return;
    this.turn += 1;
    this.life.hidden = { ...list[(this.turn * 7 + (this.turn >> 2)) % list.length], tried: false };
    this.verdict = null;
    this.answer.value = '';
    this.life.tell();
    this.shown().show(this.life.hidden.unit);
    this.box.scrollIntoView({ block: 'center' });
    this.answer.focus({ preventScroll: true });
  }

  judge() {
    const { life } = this, { hidden } = life;
    const text = this.answer.value.trim().replace(',', '.').replace('−', '-');
    if (!hidden) return;
    if (!text || !Number.isFinite(Number(text))) {
      this.verdict = { key: 'is_no_number', told: {} };
      return this.draw();
    }
    const judge = hidden.what === 'gradient' ? judgedGradient : judgedValue;
    this.verdict = judge(life.it, hidden.place, Number(text), (vertex) => life.names[vertex] ?? '·');
    if (!hidden.tried) this.asked += 1;
    if (this.verdict.right && !hidden.tried) this.right += 1;
    hidden.tried = true;
    if (this.verdict.right) this.over();
    this.draw();
  }

  reveal() {
    const { life } = this, { hidden } = life;
    if (!hidden) return;
    if (!hidden.tried) this.asked += 1;
    const { place, what } = hidden;
    this.verdict = { key: 'it_was', told: { value: exact(what === 'gradient' ? life.it.gradients[place] : life.it.values[place]) } };
    if (what === 'gradient') {
      const ways = branches(life.it, place).filter(({ sent }) => sent).slice(0, 6);
      this.verdict.told.value += ways.length ? ` = ${ways.map(({ upstream, local }) => `${exact(upstream)} × ${local < 0 ? `(${exact(local)})` : exact(local)}`).join(' + ')}` : '';
    }
    this.over();
  }

  over() {
    this.life.hidden = null;
    this.life.tell();
  }

  draw() {
    const { hidden } = this.life, what = this.what.value || 'gradient';
    put(this.title, say('predict'));
    offered(this.what, ['gradient', 'value'].map((name) => [name, say(`ask_${name}`)]), what);
    mark(this.what, 'aria-label', say('predict'));
    put(this.start, say(hidden || this.asked ? 'ask_next' : 'ask'));
    this.start.disabled = !this.candidates(what).length;
    this.form.hidden = !hidden;
    if (hidden) put(this.question, say(`question_${hidden.what}`, { name: hidden.name }));
    put(this.send, say('answer'));
    put(this.show, say('show'));
    put(this.told, this.verdict ? say(this.verdict.key, this.verdict.told) : '');
    this.told.classList.toggle('right', Boolean(this.verdict?.right));
    put(this.score, this.asked ? say('score', { right: this.right, asked: this.asked }) : say('predict_told'));
  }
}
