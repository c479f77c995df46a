// Draws a report's chart, shows the jobs of a department in it, and sorts and filters its table.
// The page is complete without: the chart's figures are in tables.
'use strict';

(() => {
  const byId = (id) => document.getElementById(id);
  const table = byId('rows');
  const rows = table ? [...table.tBodies[0].rows] : [];
  const texts = (row) => [...row.cells].map((cell) => cell.textContent);

  if (rows.length > 0) for (const element of document.querySelectorAll('.scripted')) element.hidden = false;

  // ---- The chart

  const chart = byId('chart');
  const figure = JSON.parse(byId('figure').textContent);
  const note = byId('chart-note');
  const noteOfAll = note?.textContent;
  const title = byId('chart-title');
  const titleOfAll = title?.textContent;
  const MOST = 25;
  const NARROW = 560;

  // plotly.js takes some tags and entities in labels for markup.
  const label = (name, most) => {
    const letters = [...name];
    const short = letters.length > most ? letters.slice(0, most - 1).join('') + '…' : name;
    return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  };

  // The same chart with other bars: a name and the lengths of its parts each.
  const withBars = (bars) => {
    const places = bars.map((_, place) => place);
    const totals = bars.map((bar) => bar.parts.reduce((sum, part) => sum + part, 0));
    const data = figure.data.map((trace, part) =>
      trace.type === 'bar'
        ? { ...trace, y: places, x: bars.map((bar) => bar.parts[part]), hovertext: bars.map((bar) => label(bar.name, 80)) }
        : { ...trace, y: places, x: totals, text: totals.map((total) => ` ${total.toLocaleString('en')}`) });
    const yaxis = { ...figure.layout.yaxis, range: [bars.length - 0.5, -0.5], tickvals: places,
      ticktext: bars.map((bar) => label(bar.name, 28)) };
    return { ...figure, data, layout: { ...figure.layout, yaxis } };
  };

  // On a narrow screen the names stand above their bars.
  const draw = ({ data, layout, config }) => {
    const narrow = chart.clientWidth < NARROW;
    const longest = Math.max(...data.at(-1).x);
    const margin = narrow ? { ...layout.margin, l: 2, b: 8 } : layout.margin;
    const height = margin.t + margin.b + layout.yaxis.tickvals.length * (narrow ? 42 : 28);
    const xaxis = { ...layout.xaxis, visible: !narrow, range: [0, longest * 1.05], dtick: longest <= 10 ? 1 : undefined };
    const yaxis = narrow
      ? { ...layout.yaxis, automargin: false, ticklabelposition: 'inside top' }
      : { ...layout.yaxis, ticklabelstandoff: 8 };
    const lowered = (trace) => trace.type === 'bar'
      ? { ...trace, width: 0.4, offset: 0.02 }
      : { ...trace, y: trace.y.map((place) => place + 0.22) };
    const font = { family: getComputedStyle(document.body).fontFamily, size: 13 };
    Plotly.react(chart, narrow ? data.map(lowered) : data, { ...layout, margin, xaxis, yaxis, font, height, bargap: 0.28 }, config);
  };

  let shown = figure;
  if (chart && window.Plotly) {
    draw(shown);
    let width = chart.clientWidth;
    new ResizeObserver(() => {
      if (chart.clientWidth !== width) {
        width = chart.clientWidth;
        draw(shown);
      }
    }).observe(chart);
  } else if (chart) {
    chart.remove();
    const figures = byId('chart-figures');
    if (figures) figures.open = true;
  }

  // ---- Departments and filter

  const department = byId('department');
  const filter = byId('filter');
  const status = byId('shown');
  // Without accents and case, so that they need not be typed.
  const folded = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const haystacks = new Map(rows.map((row) => [row, folded(texts(row).slice(0, 2).join(' '))]));
  const counted = (count) => `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;

  const show = () => {
    const wanted = folded(filter.value.trim());
    const chosen = department?.value ?? '';
    let visible = 0;
    for (const row of rows) {
      row.hidden = !haystacks.get(row).includes(wanted) || (chosen !== '' && row.cells[0].textContent !== chosen);
      if (!row.hidden) visible += 1;
    }
    status.textContent = visible === rows.length ? counted(visible) : `${visible.toLocaleString('en')} of ${counted(rows.length)}`;
  };

  const choose = () => {
    const chosen = department.value;
    title.textContent = chosen === '' ? titleOfAll : `${chosen}: jobs by quarter`;
    if (chosen === '') {
      shown = figure;
      note.textContent = noteOfAll;
    } else {
      const jobs = rows.map(texts).filter((cells) => cells[0] === chosen)
        .map(([, name, ...parts]) => ({ name, parts: parts.map(Number) }))
        .map((job) => ({ ...job, total: job.parts.reduce((sum, part) => sum + part, 0) }))
        .sort((a, b) => b.total - a.total);
      shown = withBars(jobs.slice(0, MOST));
      note.textContent = jobs.length > MOST
        ? `The ${MOST} jobs with most hires of ${jobs.length} in ${chosen}; the table has all.`
        : `All jobs that ${chosen} hired for.`;
    }
    if (window.Plotly) draw(shown);
    show();
  };

  filter?.addEventListener('input', show);
  department?.addEventListener('change', choose);

  // ---- Sorting

  const collator = new Intl.Collator('en', { numeric: true });
  const sort = (column, header) => {
    const body = table.tBodies[0];
    const numbers = header.classList.contains('n');
    // Numbers start with the largest.
    const now = header.getAttribute('aria-sort');
    const order = now ? (now === 'ascending' ? 'descending' : 'ascending') : numbers ? 'descending' : 'ascending';
    for (const other of header.parentElement.cells) other.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', order);
    const sign = order === 'ascending' ? 1 : -1;
    const key = (row) => row.cells[column].textContent;
    const compare = numbers ? (a, b) => Number(key(a)) - Number(key(b)) : (a, b) => collator.compare(key(a), key(b));
    rows.sort((a, b) => sign * compare(a, b));
    body.append(...rows);
  };

  for (const [column, header] of [...(table?.tHead.rows[0].cells ?? [])].entries()) {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => sort(column, header));
  }

  // A reload keeps what was typed.
  if (department?.value) choose();
  else if (filter?.value) show();
})();
