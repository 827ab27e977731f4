// Whole numbers that the run reads: the right class from a list, the tokens of a text as they are typed.

const LISTED = 64; // classes in a list

/** A row for each field of the batch that the page may choose otherwise. */
class Choose {
  constructor(choice, life) {
    Object.assign(this, { choice, life });
    this.label = html('span', {});
    this.wrong = html('span', { class: 'wrong', role: 'alert' });
    const stepped = choice.field === 'step';
    const listed = !stepped && choice.values.length === 1 && choice.count <= LISTED;
    this.field = listed
      ? html('select', { onchange: () => this.set([Number(this.field.value)]) })
      : stepped ? html('input', { type: 'range', min: 1, max: choice.count, step: 1, oninput: () => this.set([this.field.valueAsNumber - 1]) })
      : html('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', onchange: () => this.typed() });
    this.believed = listed ? html('output', { class: 'believed' }) : null;
    this.box = html('label', { class: 'swap' }, this.label, this.field, this.believed, this.wrong);
  }

  /** The class for which the loss would be the smallest; and its probability, where the losses are logarithms of these. */
  believes() {
    const { life: { it }, choice } = this, own = [...choice.values];
    const losses = Array.from({ length: choice.count }, (_, k) => {
      choice.choose([k]);
      it.forward(choice.from);
      return it.result;
    });
    choice.choose(own);
    it.forward(choice.from);
    const best = losses.reduce((least, loss, k) => (loss < losses[least] ? k : least), 0);
    const shares = losses.map((loss) => Math.exp(-loss));
    const total = shares.reduce((a, b) => a + b, 0);
    return { name: this.name(best), share: Math.abs(total - 1) < 1e-4 ? Math.round(100 * shares[best]) : null };
  }

  name(value) {
    return this.choice.words[value] ?? String(value);
  }

  /** Tokens of one sign each are written without spaces between them. */
  get apart() {
    return this.choice.words.length && this.choice.words.every((word) => [...word].length === 1) ? '' : ' ';
  }

  set(values) {
    put(this.wrong, '');
    this.life.change(() => this.choice.choose(values));
  }

  /** What was typed, as numbers; a shorter text leaves the last ones as they are. */
  typed() {
    const { choice } = this, text = this.field.value.trim();
    const said = this.apart ? text.split(/\s+/) : [...text];
    const numbers = said.map((word) => {
      const known = choice.words.indexOf(word) >= 0 ? choice.words.indexOf(word) : choice.words.findIndex((each) => each.toLowerCase() === word.toLowerCase());
      return known >= 0 ? known : /^\d+$/.test(word) && !choice.words.length ? Number(word) : -1;
    });
    const strange = numbers.findIndex((number) => number < 0 || number >= choice.count);
    if (strange >= 0) put(this.wrong, say('strange_word', { word: said[strange], n: choice.count }));
    else if (numbers.length > choice.values.length) put(this.wrong, say('too_many_words', { n: numbers.length, most: choice.values.length }));
    else this.set([...numbers, ...choice.values.slice(numbers.length)]);
    if (!this.wrong.textContent) this.field.value = this.written();
  }

  draw() {
    const { choice } = this;
    if (choice.field === 'step') {
      put(this.label, `${say('step_read', { step: choice.values[0] + 1 })} `);
      this.field.value = choice.values[0] + 1;
      return;
    }
    put(this.label, `${say(choice.field === 'target' ? 'right_answer' : 'text_read')} `);
    if (this.believed) {
      const { name, share } = this.believes();
      put(this.believed, share === null ? say('believes', { name }) : say('believes_share', { name, share }));
    }
    if (this.field.tagName === 'SELECT') offered(this.field, Array.from({ length: choice.count }, (_, k) => [k, this.name(k)]), choice.values[0]);
    else if (document.activeElement !== this.field) this.field.value = this.written();
  }

  written() {
    return this.choice.values.map((value) => this.name(value)).join(this.apart);
  }
}
