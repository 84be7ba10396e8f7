// The page's own behaviour: keys, the scan viewer, crops, uploads. Forms are posted by htmx; nothing is evaluated.
'use strict';

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const SVG = 'http://www.w3.org/2000/svg';

// -- scans: each page is fetched once, kept in memory as a blob, and shown in the viewer and all crops ---------------

const scans = new Map();

function loadScan(url) {
  if (!scans.has(url)) {
    scans.set(url, fetch(url, { credentials: 'same-origin' })
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(String(answer.status)))))
      .then((blob) => URL.createObjectURL(blob)));
    scans.get(url).catch(() => scans.delete(url));
  }
  return scans.get(url);
}

function showCrops(root = document) {
  for (const image of $$('image[data-scan]', root)) {
    const field = image.closest('.field');
    if (image.getAttribute('href') || (field && !field.classList.contains('active'))) continue;
    loadScan(image.dataset.scan).then((place) => image.setAttribute('href', place)).catch(() => {});
  }
}

// -- the viewer ------------------------------------------------------------------------------------------------------

const view = { page: null, zoom: 1, turn: 0, box: '' };

function showPage(key, box = '', upright = null) {
  const button = $(`[data-page="${CSS.escape(key)}"][data-url]`);
  if (!button) return;
  const isOther = view.page !== key;
  view.page = key;
  view.box = box;
  if (isOther) {
    view.zoom = 1;
    view.turn = upright === null ? Number(button.dataset.turned) : upright;
    for (const other of $$('.strip button')) other.removeAttribute('aria-current');
    button.setAttribute('aria-current', 'true');
    $('[data-page-name]').textContent = button.dataset.name;
    const picture = $('[data-picture]');
    picture.removeAttribute('href');
    loadScan(button.dataset.url)
      .then((place) => { if (view.page === key) picture.setAttribute('href', place); })
      .catch(() => {});
  } else if (upright !== null) {
    view.turn = upright;
  }
  drawView();
}

function drawView() {
  const button = $(`[data-page="${CSS.escape(view.page || '')}"][data-url]`);
  const svg = $('[data-svg]');
  if (!button || !svg) return;
  const [width, height] = [Number(button.dataset.width), Number(button.dataset.height)];
  const sideways = view.turn % 180 !== 0;
  const [wide, high] = sideways ? [height, width] : [width, height];
  const moves = { 0: [0, 0], 90: [0, width], 180: [width, height], 270: [height, 0] }[view.turn];
  svg.setAttribute('viewBox', `0 0 ${wide} ${high}`);
  $('[data-paper]').setAttribute('transform', `translate(${moves[0]} ${moves[1]}) rotate(${-view.turn})`);
  const picture = $('[data-picture]');
  picture.setAttribute('width', width);
  picture.setAttribute('height', height);
  $('[data-mark]').setAttribute('points', view.box);
  drawCovers();
  sizeView(wide, high);
}

function sizeView(wide, high) {
  const stage = $('[data-stage]');
  const fit = Math.min(stage.clientWidth / wide, stage.clientHeight / high);
  const svg = $('[data-svg]');
  svg.setAttribute('width', Math.max(1, Math.floor(wide * fit * view.zoom)));
  svg.setAttribute('height', Math.max(1, Math.floor(high * fit * view.zoom)));
  const mark = $('[data-mark]');
  if (view.zoom > 1 && view.box) {
    const at = mark.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    stage.scrollBy(at.left + at.width / 2 - frame.left - frame.width / 2, at.top + at.height / 2 - frame.top - frame.height / 2);
  }
}

function drawCovers() {
  const group = $('[data-covers]');
  const source = $('[data-covers-now]');
  group.replaceChildren();
  if (!source) return;
  for (const one of $$('i', source.content)) {
    if (one.dataset.page !== view.page) continue;
    const cover = document.createElementNS(SVG, 'polygon');
    cover.setAttribute('points', one.dataset.box);
    group.append(cover);
  }
}

function zoom(step) {
  view.zoom = step === 0 ? 1 : Math.min(8, Math.max(0.5, view.zoom * (step > 0 ? 1.4 : 1 / 1.4)));
  drawView();
}

function turn() {
  view.turn = (view.turn + 270) % 360;
  drawView();
}

function stepPage(step) {
  const keys = $$('.strip button').map((button) => button.dataset.page);
  const place = keys.indexOf(view.page);
  if (keys.length) showPage(keys[(place + step + keys.length) % keys.length]);
}

// -- fields ----------------------------------------------------------------------------------------------------------

const fields = () => $$('.field');
const active = () => $('.field.active');

function activate(field, { focus = true } = {}) {
  if (!field) return;
  for (const other of $$('.field.active')) if (other !== field) other.classList.remove('active');
  field.classList.add('active');
  showCrops(field);
  if (field.dataset.on) showPage(field.dataset.on, field.dataset.box, Number(field.dataset.upright));
  else { view.box = ''; drawView(); }
  if (focus) {
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: 'nearest' });
  }
}

function findField(path) {
  return fields().find((field) => field.dataset.field === path);
}

function firstField() {
  return fields().find((field) => field.dataset.state === 'open') || fields()[0];
}

function move(step) {
  const all = fields();
  const place = all.indexOf(active());
  activate(all[Math.min(Math.max(place + step, 0), all.length - 1)]);
}

function openEdit(field) {
  const form = $('form.edit', field);
  if (!form) { press(field, 'reveal'); return; }
  form.hidden = false;
  const input = $('[name=value]', form);
  input.focus();
  if (input.setSelectionRange) input.setSelectionRange(input.value.length, input.value.length);
}

function closeWaive(box) {
  box.open = false;
  activate(box.closest('.field'));
}

function closeEdit(field) {
  const form = $('form.edit', field);
  if (form) { form.reset(); form.hidden = true; }
  activate(field);
}

function press(field, act) {
  const button = field && $(`[data-act="${act}"]`, field);
  if (button && !button.disabled) button.click();
  return Boolean(button);
}

function confirmAndGo(field) {
  if (field.dataset.sent) return;
  if (press(field, 'confirm')) {
    field.dataset.sent = '1';
    return;
  }
  const all = fields();
  const rest = [...all.slice(all.indexOf(field) + 1), ...all];
  activate(rest.find((one) => one !== field && one.dataset.state === 'open') || rest[0]);
}

const KEYS = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  e: () => openEdit(active()), u: () => press(active(), 'undo'), r: () => press(active(), 'reveal'),
  '+': () => zoom(1), '=': () => zoom(1), '-': () => zoom(-1), 0: () => zoom(0), t: turn,
  '[': () => stepPage(-1), ']': () => stepPage(1), '?': toggleHelp,
  w: () => openWaive(active()), s: () => nextSource(active()),
  a: () => goToApproval(), n: () => { const link = $('[data-next-filing]'); if (link) link.click(); },
};
const FREE_KEYS = '+-=0t[]?an';

function openWaive(field) {
  const box = $('[data-waive]', field);
  if (!box) return;
  box.open = true;
  $('[name=reason]', box).focus();
}

function nextSource(field) {
  const spots = $$('[data-spot]', field);
  if (!spots.length) return;
  const place = spots.findIndex((spot) => spot.classList.contains('shown'));
  showSpot(spots[(place + 1) % spots.length]);
}

function showSpot(spot) {
  for (const other of $$('.source.shown')) other.classList.remove('shown');
  spot.classList.add('shown');
  showPage(spot.dataset.spot, spot.dataset.spotBox, Number(spot.dataset.spotTurn));
}

function goToApproval() {
  const place = $('#approve');
  const target = place && ($('[name=reason]', place) || $('[data-approve]', place) || $('a, button', place));
  if (!target) return;
  place.scrollIntoView({ block: 'center' });
  target.focus({ preventScroll: true });
}

function showFile(sha256) {
  const button = $(`.strip [data-page^="${CSS.escape(sha256)}/"]`);
  if (button) showPage(button.dataset.page);
}

function toggleHelp() {
  const dialog = $('[data-keys]');
  if (dialog.open) dialog.close(); else dialog.showModal();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !$('#work')) return;
  const target = event.target;
  if (target.matches('input, textarea, select')) {
    if (event.key === 'Escape' && target.closest('form.edit')) closeEdit(target.closest('.field'));
    else if (event.key === 'Escape' && target.closest('.field .waive')) closeWaive(target.closest('.waive'));
    if (event.key === 'Enter' && !event.shiftKey && target.matches('form.edit textarea, form.edit select')) {
      event.preventDefault();
      target.form.requestSubmit();
    }
    return;
  }
  if ($('[data-keys]').open && event.key !== '?') return;
  if (event.key === 'Enter' && target.matches('.field')) {
    event.preventDefault();
    if (!event.repeat) confirmAndGo(target);
    return;
  }
  if (target.matches('.stage') && event.key.startsWith('Arrow')) return;
  const use = active() && /^[1-9]$/.test(event.key) && $(`[data-use="${event.key}"]`, active());
  if (use) { event.preventDefault(); use.click(); return; }
  const act = KEYS[event.key];
  if (act && (active() || FREE_KEYS.includes(event.key))) {
    event.preventDefault();
    act();
  }
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button) {
    const { dataset } = button;
    if (dataset.act === 'edit') openEdit(button.closest('.field'));
    else if (dataset.act === 'cancel') closeEdit(button.closest('.field'));
    else if (dataset.zoom !== undefined) zoom(Number(dataset.zoom));
    else if (dataset.turn !== undefined) turn();
    else if (dataset.pageStep !== undefined) stepPage(Number(dataset.pageStep));
    else if (dataset.page !== undefined) showPage(dataset.page);
    else if (dataset.help !== undefined) toggleHelp();
    else if (dataset.showFile !== undefined) showFile(dataset.showFile);
    else if (dataset.dismiss !== undefined) button.closest('.note').remove();
    else if (dataset.send !== undefined) upload(button.closest('[data-upload]'));
  }
  const field = event.target.closest('.field');
  if (field && !event.target.closest('button, input, select, textarea, a, summary')) activate(field);
  const spot = event.target.closest('[data-spot]');
  if (spot && !button) showSpot(spot);
  const link = event.target.closest('[data-go]');
  if (link) { event.preventDefault(); activate(findField(link.dataset.go)); }
});

// -- what is typed is checked as it is typed; nothing is saved by that ---------------------------------------------------

let typing = 0;

async function checkTyped(input) {
  const form = input.form;
  const said = $('[data-check]', form);
  const asked = input.value;
  if (asked === input.defaultValue) { said.textContent = ''; said.className = 'check'; return; }
  const body = new URLSearchParams({ where: form.elements.where.value, value: asked });
  const answer = await fetch(form.action.replace(/\/decide$/, '/check'), { method: 'POST', body }).catch(() => null);
  if (!answer || !answer.ok || input.value !== asked) return;
  const found = await answer.json();
  said.textContent = found.text;
  said.className = `check ${found.right ? 'right' : 'wrong'}`;
}

document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-check-value]')) return;
  clearTimeout(typing);
  typing = setTimeout(checkTyped, 250, event.target);
});

document.addEventListener('focusin', (event) => {
  const field = event.target.closest('.field');
  if (field && !field.classList.contains('active')) activate(field, { focus: event.target === field });
});

document.addEventListener('change', (event) => {
  const form = event.target.closest('[data-add]');
  if (form && event.target.name === 'where') {
    const option = event.target.selectedOptions[0];
    form.elements.basis.value = option.dataset.basis || '';
    form.elements.token.value = option.dataset.token || '';
  }
});

// -- after an exchange the reader stays where the work goes on -------------------------------------------------------

let remembered = null;

document.addEventListener('htmx:beforeSwap', (event) => {
  // a redraw that comes by itself must not take away what somebody is typing
  const typing = document.activeElement && document.activeElement.matches('#work input, #work textarea, #work select');
  if (event.detail.requestConfig.verb === 'get' && typing) {
    event.detail.shouldSwap = false;
    return;
  }
  remembered = { path: active() ? active().dataset.field : '', top: window.scrollY, inside: $('#work') ? $('#work').scrollTop : 0 };
});

document.addEventListener('htmx:afterSwap', () => {
  const work = $('#work');
  if (!work) return;
  if (remembered) { work.scrollTop = remembered.inside; window.scrollTo(0, remembered.top); }
  const field = findField(work.dataset.next) || (remembered && findField(remembered.path)) || firstField();
  const isOpenForm = field && $('form.edit:not([hidden])', field);
  activate(field);
  if (isOpenForm) openEdit(field);
  drawCovers();
});

// the pages of the files may be more than before: the one that is shown stays marked
document.addEventListener('htmx:oobAfterSwap', () => {
  const button = $(`.strip [data-page="${CSS.escape(view.page || '')}"]`);
  if (button) button.setAttribute('aria-current', 'true');
});

document.addEventListener('htmx:responseError', (event) => {
  const news = $('.news');
  if (news) news.textContent = event.detail.xhr.responseText.slice(0, 300);
  for (const field of $$('[data-sent]')) delete field.dataset.sent;
});

document.addEventListener('htmx:sendError', () => {
  for (const field of $$('[data-sent]')) delete field.dataset.sent;
});

// -- upload: the bytes of each file as they are, one request a file ---------------------------------------------------

async function upload(box) {
  const status = $('[data-status]', box);
  const folder = box.dataset.folderName || ($('[data-folder]', box) || {}).value || '';
  for (const file of $('[data-file]', box).files) {
    status.textContent = `${box.dataset.busy} ${file.name}`;
    const query = new URLSearchParams({ folder, name: file.name });
    try {
      const answer = await fetch(`/upload?${query}`, { method: 'PUT', body: file, headers: { 'X-Token': box.dataset.token } });
      status.textContent = answer.ok ? await answer.text() : `${box.dataset.failed}: ${await answer.text()}`;
      if (!answer.ok) return;
      if (answer.ok && box.dataset.folderName) followUpload();
    } catch (error) {
      status.textContent = `${box.dataset.failed}: ${error.message}`;
      return;
    }
  }
}

// -- lists of filings: / searches, j and k move, Enter opens -----------------------------------------------------------

function moveInList(step) {
  const links = $$('[data-row]');
  const place = links.findIndex((link) => link === document.activeElement);
  const link = links[Math.min(Math.max(place + step, 0), links.length - 1)];
  if (link) link.focus();
}

const LIST_KEYS = { j: () => moveInList(1), ArrowDown: () => moveInList(1), k: () => moveInList(-1), ArrowUp: () => moveInList(-1), '/': () => $('[data-search]').focus() };

document.addEventListener('keydown', (event) => {
  if (!$('[data-list]') || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches('input, textarea, select')) return;
  const act = LIST_KEYS[event.key];
  if (act && !(event.key === '/' && !$('[data-search]'))) { event.preventDefault(); act(); }
});

// -- clocks that run: what is left until the time an element names ------------------------------------------------------

function runClocks() {
  for (const clock of $$('[data-clock]')) {
    const minutes = Math.floor((new Date(clock.dateTime) - Date.now()) / 60000);
    clock.classList.toggle('over', minutes < 0);
    clock.classList.toggle('soon', minutes >= 0 && minutes < 360);
    clock.textContent = minutes < 0 ? clock.dataset.over
      : clock.dataset.left.replace('{h}', Math.floor(minutes / 60)).replace('{m}', minutes % 60);
  }
}

// After an upload into a filing its page is asked for until the new file is read and the bundle made.
async function followUpload() {
  const before = $('#work').dataset.version;
  for (let left = 60; left; left -= 1) {
    await new Promise((go) => { setTimeout(go, 700); });
    const work = $('#work');
    if (!work || work.dataset.version !== before) return;
    await htmx.ajax('GET', `${window.location.pathname}/work`, { target: '#work', swap: 'outerHTML' });
  }
}

window.addEventListener('resize', () => { if (view.page) drawView(); });

document.addEventListener('DOMContentLoaded', () => {
  runClocks();
  if ($('[data-clock]')) setInterval(runClocks, 15000);
  if (!$('#work')) return;
  const field = firstField();
  const page = $('.strip button');
  if (page && !(field && field.dataset.on)) showPage(page.dataset.page);
  activate(field);
});
