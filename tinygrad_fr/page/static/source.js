// The code beside the graph: the current line is lit, and a click on either side shows the other.

class Source {
  constructor(blocks, reach) {
    this.rows = new Map(); // file:line → its row
    this.turns = new Map(); // how often a line was clicked: its operations come one after the other
    this.title = html('h2', {});
    const listed = blocks.map(({ file, lines }) => html('div', { class: 'function' }, html('p', { class: 'file' }, file),
      html('ol', {}, ...lines.map(([n, text, ran]) => this.row(`${file}:${n}`, n, text, ran, reach)))));
    this.box = html('nav', { id: 'source', tabindex: 0, hidden: true }, this.title, ...listed);
  }

  row(where, n, text, ran, reach) {
    const parts = [html('span', { class: 'n', 'aria-hidden': 'true' }, String(n)), html('code', {}, text)];
    if (!ran) return html('li', {}, ...parts);
    const button = html('button', { type: 'button', onclick: () => { this.turns.set(where, (this.turns.get(where) ?? -1) + 1); reach(where, this.turns.get(where)); } }, ...parts);
    const row = html('li', { class: 'ran' }, button);
    this.rows.set(where, row);
    return row;
  }

  /** Light one line, and keep it in sight. */
  light(where) {
    for (const [own, row] of this.rows) {
      const lit = own === where;
      row.classList.toggle('lit', lit);
      row.firstChild.toggleAttribute('aria-current', lit);
      if (lit && !this.box.hidden) {
        const { box } = this, [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
        if (top < box.scrollTop + 30 || bottom > box.scrollTop + box.clientHeight - 10) box.scrollTop = top - box.clientHeight / 2;
      }
    }
  }

  draw() {
    this.title.textContent = say('code');
    this.box.setAttribute('aria-label', say('code'));
  }
}
