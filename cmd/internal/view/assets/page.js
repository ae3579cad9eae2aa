'use strict';
(() => {
  // Tables: search, filters, sorting and pages over rows that stand in the
  // table or, where there are many, beside it as JSON.
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ',');
  const make = (name, attrs, ...children) => {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attrs || {})) e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const numberOf = s => {
    const n = parseFloat(s.replace(/[^0-9.eE-]/g, ''));
    return Number.isNaN(n) ? -Infinity : n;
  };
  const badgeClass = s => 'badge b-' + s.slice(0, 24).toLowerCase().replace(/[^a-z]/g, '-');
  const mostOptions = 200;

  class Table {
    constructor(box) {
      this.box = box;
      this.table = box.querySelector('table');
      this.body = this.table.tBodies[0];
      this.shown = box.querySelector('.shown');
      this.perPage = Number(box.dataset.page);
      this.total = Number(box.dataset.total);
      this.page = 0;
      this.sort = null;
      this.query = '';
      this.filters = new Map();
      this.columns = [...this.table.tHead.rows[0].cells].map(th => ({
        th, name: th.textContent, number: 'number' in th.dataset, filter: 'filter' in th.dataset,
        badge: 'badge' in th.dataset, head: 'head' in th.dataset, wide: 'wide' in th.dataset,
      }));
      const data = box.querySelector('script');
      this.rows = data ? this.read(JSON.parse(data.textContent)) : this.harvest();
      this.found = this.rows;
      this.headings();
      if (this.shown) this.controls();
      if (data) this.draw();
    }

    // read takes rows from JSON: texts are text, wherever they go.
    read({ rows, values }) {
      return rows.map((cells, at) => ({
        at, parts: cells,
        text: cells.map((c, k) => typeof c === 'number' ? values[k][c] : typeof c === 'string' ? c : c.join('')),
      }));
    }

    // harvest takes them from the table as it stands.
    harvest() {
      return [...this.body.rows].map((tr, at) => ({ at, tr, text: [...tr.cells].map(td => td.textContent) }));
    }

    headings() {
      this.columns.forEach((c, k) => {
        const button = make('button', { type: 'button' }, c.name);
        button.addEventListener('click', () => this.sortBy(k));
        c.th.replaceChildren(button);
      });
    }

    controls() {
      const box = make('div', { class: 'controls', role: 'search', 'aria-label': 'Find ' + this.box.dataset.many });
      this.search = this.input('Search', 'search', s => { this.query = s; this.find(); });
      box.append(this.search.label);
      this.columns.forEach((c, k) => { if (c.filter) box.append(this.filter(c, k)); });
      const clear = make('button', { type: 'button', class: 'act' }, 'Clear');
      clear.addEventListener('click', () => this.set({}));
      box.append(clear);
      this.box.prepend(box);
      this.back = make('button', { type: 'button', class: 'act' }, 'Previous');
      this.forth = make('button', { type: 'button', class: 'act' }, 'Next');
      this.place = make('span');
      this.back.addEventListener('click', () => { this.page--; this.draw(); });
      this.forth.addEventListener('click', () => { this.page++; this.draw(); });
      this.pager = make('div', { class: 'pager', role: 'group', 'aria-label': 'Pages of ' + this.box.dataset.many }, this.back, this.place, this.forth);
      this.table.parentElement.after(this.pager);
      this.turn();
    }

    input(name, type, changed) {
      const input = make('input', { type, autocomplete: 'off', spellcheck: 'false' });
      input.addEventListener('input', () => changed(input.value.trim()));
      return { input, label: make('label', {}, name, input) };
    }

    // filter chooses among a column's values, or searches in them where they
    // are too many to be listed.
    filter(c, k) {
      const counts = new Map();
      for (const r of this.rows) counts.set(r.text[k], (counts.get(r.text[k]) || 0) + 1);
      if (counts.size > mostOptions) {
        const { input, label } = this.input(c.name, 'search', s => this.narrow(k, s === '' ? null : { value: s.toLowerCase(), whole: false }));
        c.control = input;
        return label;
      }
      const select = make('select', {}, make('option', { value: '' }, 'all'));
      c.values = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || collator.compare(a, b));
      c.values.forEach((v, i) => select.append(make('option', { value: String(i) }, (v === '' ? '(none)' : v) + ' (' + grouped(counts.get(v)) + ')')));
      select.addEventListener('change', () => this.narrow(k, select.value === '' ? null : { value: c.values[select.value], whole: true }));
      c.control = select;
      return make('label', {}, c.name, select);
    }

    narrow(k, filter) {
      if (filter) this.filters.set(k, filter); else this.filters.delete(k);
      this.find();
    }

    // set sets the search, wanted[''], and filters by the names of their columns.
    set(wanted) {
      this.query = this.search && wanted[''] || '';
      this.filters.clear();
      if (this.search) this.search.input.value = this.query;
      this.columns.forEach((c, k) => {
        if (!c.control) return;
        const value = wanted[c.name], list = c.control.tagName === 'SELECT';
        c.control.value = value === undefined ? '' : list ? String(c.values.indexOf(value)) : value;
        if (value !== undefined) this.filters.set(k, { value: list ? value : value.toLowerCase(), whole: list });
      });
      this.find();
    }

    find() {
      const words = this.query.toLowerCase().split(/\s+/).filter(w => w);
      const filters = [...this.filters];
      this.found = this.rows.filter(r => filters.every(([k, f]) => f.whole ? r.text[k] === f.value : r.text[k].toLowerCase().includes(f.value)) &&
        (words.length === 0 || words.every(w => (r.lower ||= r.text.join('\n').toLowerCase()).includes(w))));
      this.order();
      this.page = 0;
      this.draw();
    }

    sortBy(k) {
      this.sort = this.sort && this.sort.k === k ? (this.sort.down ? null : { k, down: true }) : { k, down: false };
      this.columns.forEach((c, i) => {
        if (this.sort && i === k) c.th.setAttribute('aria-sort', this.sort.down ? 'descending' : 'ascending');
        else c.th.removeAttribute('aria-sort');
      });
      this.order();
      this.page = 0;
      this.draw();
    }

    order() {
      const s = this.sort, by = s && this.columns[s.k].number ? (a, b) => numberOf(a.text[s.k]) - numberOf(b.text[s.k])
        : s && ((a, b) => collator.compare(a.text[s.k], b.text[s.k]));
      this.found = [...this.found].sort((a, b) => (s ? (s.down ? -1 : 1) * by(a, b) : 0) || a.at - b.at);
    }

    draw(most = this.perPage) {
      const from = this.page * this.perPage, rows = this.found.slice(from, from + most);
      this.body.replaceChildren(...rows.map(r => r.tr ||= this.row(r)));
      if (this.shown) this.tell(rows.length);
      if (this.pager) this.turn();
    }

    // tell says how many show of how many, for eyes and ears.
    tell(n) {
      const noun = k => k === 1 ? this.box.dataset.one : this.box.dataset.many;
      const all = this.rows.length, found = this.found.length;
      const narrowed = found < all ? grouped(found) + ' found; ' : '';
      let text = narrowed + grouped(n) + ' of ' + grouped(this.total) + ' ' + noun(this.total) + ' shown';
      if (n === this.total) text = 'all ' + grouped(n) + ' ' + noun(n) + ' shown';
      else if (all < this.total) text += '; this page holds ' + grouped(all) + ' of them';
      this.shown.textContent = text;
    }

    turn() {
      const pages = Math.max(1, Math.ceil(this.found.length / this.perPage));
      this.pager.hidden = pages === 1;
      this.place.textContent = 'page ' + grouped(this.page + 1) + ' of ' + grouped(pages);
      this.back.disabled = this.page === 0;
      this.forth.disabled = this.page + 1 >= pages;
    }

    row(r) {
      const tr = make('tr');
      this.columns.forEach((c, k) => {
        const cell = make(c.head ? 'th' : 'td', { 'data-label': c.name, dir: 'auto' });
        if (c.head) cell.setAttribute('scope', 'row');
        if (c.number) cell.className = 'number'; else if (c.wide && !c.head) cell.className = 'wide';
        if (c.badge && r.text[k] !== '') cell.append(make('span', { class: badgeClass(r.text[k]) }, r.text[k]));
        else if (Array.isArray(r.parts[k])) cell.append(...r.parts[k].map((part, i) => i % 2 ? make('mark', {}, part) : part));
        else cell.append(r.text[k]);
        tr.append(cell);
      });
      return tr;
    }
  }

  const tables = new Map();
  for (const box of document.querySelectorAll('.table')) tables.set(box.id, new Table(box));

  // Links that filter a table.
  document.addEventListener('click', event => {
    const link = event.target.closest('[data-filters]');
    const table = link && tables.get(link.dataset.table);
    if (table) table.set(JSON.parse(link.dataset.filters));
  });

  // A printed page cannot be turned: it gets the first rows of a long table, and
  // says where the others are.
  const printed = 40;
  addEventListener('beforeprint', () => tables.forEach(t => {
    if (t.found.length <= printed) return;
    t.draw(printed);
    if (t.shown) t.shown.textContent += ' on paper; the page on a screen shows the others';
  }));
  addEventListener('afterprint', () => tables.forEach(t => t.found.length > printed && t.draw()));

  // Copying.
  for (const source of document.querySelectorAll('[data-copy]')) {
    const button = make('button', { type: 'button', class: 'act' }, 'Copy'), said = make('span', { class: 'soft', role: 'status' });
    const done = ok => { said.textContent = ok ? ' copied' : ' selected: copy it with your keyboard'; };
    button.addEventListener('click', () => {
      getSelection().selectAllChildren(source);
      if (!navigator.clipboard) return done(false);
      navigator.clipboard.writeText(source.textContent).then(() => done(true), () => done(false));
    });
    source.after(' ', button, said);
  }

  // How far dates are from the moment of reading.
  const units = [['day', 864e5], ['hour', 36e5], ['minute', 6e4]];
  for (const time of document.querySelectorAll('time[data-away]')) {
    const ms = Date.parse(time.dateTime) - Date.now(), [unit, size] = units.find(u => Math.abs(ms) >= u[1]) || units[2];
    time.after(make('span', { class: 'soft' }, ' (' + new Intl.RelativeTimeFormat('en').format(Math.trunc(ms / size), unit) + ')'));
  }
})();
