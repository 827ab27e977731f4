// Training by hand: one step of gradient descent on the recorded batch, or many, with the loss beside it.

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
const DECAYS = [0, 0.001, 0.01, 0.1]; // how much of each parameter is added to its gradient
const FRAME = 60; // milliseconds between two pictures
const SPEEDS = [1, 5, 20]; // steps between them

/** Numbers from 0 to 1, which a seed decides (mulberry32). */
function drawn_by(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Train {
  constructor(life) {
    this.life = life;
    this.losses = [];
    this.tested = []; // the loss of the points that are held out, beside
    this.timer = null;
    this.points = life.points; // where the data lie in a plane, all of them are learned from
    this.places = life.parameters.flatMap((leaf) => [...leaf.at]);
    this.rate = html('select', { onchange: () => this.draw() }, ...RATES.map((rate) => html('option', { value: rate, selected: rate === 0.1 })));
    this.label = html('span', {});
    this.decay = html('select', {}, ...DECAYS.map((decay) => html('option', { value: decay })));
    this.decayLabel = html('span', {});
    this.speed = html('select', {}, ...SPEEDS.map((speed) => html('option', { value: speed }, `×${speed}`)));
    this.seed = html('input', { type: 'number', min: 0, step: 1, value: 1 });
    this.seedLabel = html('span', {});
    this.shuffle = html('button', { type: 'button', onclick: () => this.shuffled() });
    this.one = html('button', { type: 'button', onclick: () => this.step() }, '+1');
    this.play = html('button', { type: 'button', onclick: () => this.toggle() });
    this.curve = svg('svg', { class: 'curve', viewBox: '0 0 300 80', role: 'img', preserveAspectRatio: 'none' }, svg('line', { x1: 0, y1: 79, x2: 300, y2: 79 }), svg('polyline', { class: 'tested' }), svg('polyline', {}));
    this.told = html('p', { class: 'told' });
    this.box = html('section', { id: 'train' }, html('h2', {}), html('p', { class: 'buttons' }, html('label', {}, this.label, this.rate), this.one, this.play, this.speed), html('p', { class: 'buttons' }, html('label', {}, this.decayLabel, this.decay)), html('p', { class: 'buttons' }, this.shuffle, html('label', {}, this.seedLabel, this.seed)), this.curve, this.told);
  }

  get loss() {
    return this.points?.list.length ? this.points.learned().loss : this.life.it.result;
  }

  step(going = false) {
    const { life, places } = this, rate = Number(this.rate.value), decay = Number(this.decay.value);
    if (!life.touched || !this.losses.length) this.begin();
    life.change((it) => {
      const slopes = this.points?.list.length ? this.points.learned().gradient : Float64Array.from(places, (place) => it.gradients[place]);
      places.forEach((place, i) => (it.values[place] -= rate * (slopes[i] + decay * it.values[place])));
    }, { going });
    if (life.crossed !== null) return this.stop();
    this.losses.push(this.loss);
    this.tested.push(this.points?.learned().tested?.loss ?? NaN);
    if (!Number.isFinite(this.losses.at(-1))) this.stop();
  }

  /** The curve from the run as it is. */
  begin() {
    this.losses = [this.loss];
    this.tested = [this.points?.learned().tested?.loss ?? NaN];
  }

  /** Other weights, as large as those of the recorded run; a seed always gives the same. */
  shuffled() {
    const draw = drawn_by(Math.trunc(this.seed.valueAsNumber) || 0), { life } = this;
    const first = new Map(life.it.leaves.map((place, i) => [place, life.it.first[i]]));
    this.losses = [];
    life.change((it) => {
      for (const { at } of life.parameters) {
        const size = Math.sqrt(at.reduce((sum, place) => sum + first.get(place) ** 2, 0) / at.length);
        for (const place of at) it.values[place] = Math.sqrt(3) * size * (2 * draw() - 1);
      }
    });
    this.seed.value = (Math.trunc(this.seed.valueAsNumber) || 0) + 1;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.draw();
  }

  toggle() {
    if (this.timer !== null) return this.stop();
    this.step();
    this.timer = setInterval(() => { for (let i = 0; i < Number(this.speed.value) && this.timer !== null; i++) this.step(true); }, FRAME);
    this.draw();
  }

  draw() {
    if (!this.life.touched) this.losses = [];
    put(this.box.querySelector('h2'), say('train'));
    put(this.label, `${say('rate')} `);
    for (const option of this.rate.options) put(option, exact(Number(option.value)));
    mark(this.speed, 'aria-label', say('speed'));
    put(this.shuffle, `⚄ ${say('shuffle')}`);
    put(this.seedLabel, `${say('seed')} `);
    mark(this.one, 'aria-label', say('one_step'));
    this.one.title = say('one_step');
    put(this.play, this.timer === null ? `▶ ${say('play')}` : `❚❚ ${say('pause')}`);
    put(this.decayLabel, `${say('decay')} `);
    for (const option of this.decay.options) put(option, exact(Number(option.value)));
    const finite = [...this.losses, ...this.tested].filter(Number.isFinite);
    const [high, low] = [finite.reduce((a, b) => Math.max(a, b), 0), finite.reduce((a, b) => Math.min(a, b), 0)];
    const course = (losses) => losses.map((loss, i) => (Number.isFinite(loss) ? `${(300 * i) / Math.max(losses.length - 1, 1)},${76 - (72 * (loss - low)) / (high - low || 1)}` : '')).filter(Boolean).join(' ');
    const [tested, learned] = this.curve.querySelectorAll('polyline');
    mark(learned, 'points', course(this.losses));
    mark(tested, 'points', course(this.tested));
    put(this.told, say(this.points ? 'curve_points' : 'curve', { n: Math.max(this.losses.length - 1, 0) }));
    mark(this.curve, 'aria-label', this.told.textContent);
    this.curve.toggleAttribute('hidden', !this.losses.length);
  }
}
