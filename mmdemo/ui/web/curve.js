
// A chart under a player: click or arrow keys move the player; the cursor follows it.
const plotOf = () => element.querySelector('.mm-plot');
const pad = (n) => String(n).padStart(2, '0');
const clock = (s) => (s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor((s % 3600) / 60))}` : pad(Math.floor(s / 60))) + `:${pad(Math.floor(s % 60))}`;
let parsed = [null, null];
const dataOf = (plot) => {
  if (parsed[0] !== plot) parsed = [plot, JSON.parse(plot.dataset.curve)];
  return parsed[1];
};

const player = () => plotOf() && document.querySelector(dataOf(plotOf()).player);

// The sampled point nearest to a time, in words: "00:07 · Joy 82 %, surprise 9 %".
function told(plot, time) {
  const { points, names, gap } = dataOf(plot);
  let best = points[0];
  for (const point of points) if (Math.abs(point[0] - time) < Math.abs(best[0] - time)) best = point;
  if (!best) return clock(time);
  if (!best[1]) return `${clock(best[0])} · ${gap}`;
  if (typeof best[1] === 'string') return `${clock(best[0])} · ${best[1]}`;
  const top = best[1].map((value, i) => [value, names[i]]).sort((a, b) => b[0] - a[0]).slice(0, 2);
  return `${clock(best[0])} · ` + top.map(([value, name]) => `${name} ${value} %`).join(', ');
}

function show(time) {
  const plot = plotOf();
  if (!plot) return;
  const { duration } = dataOf(plot);
  const at = Math.min(Math.max(time, 0), duration);
  plot.querySelector('.mm-cursor').style.left = `${(100 * at) / duration}%`;
  plot.setAttribute('aria-valuenow', at.toFixed(1));
  const words = told(plot, at);
  plot.setAttribute('aria-valuetext', words);
  element.querySelector('.mm-readout').textContent = words;
}

function seek(time) {
  const video = player();
  if (video) video.currentTime = Math.min(Math.max(time, 0), Math.max((video.duration || time) - 0.05, 0));
  show(time);
  return video;
}

const timeAt = (plot, event) => {
  const box = plot.getBoundingClientRect();
  return (dataOf(plot).duration * (event.clientX - box.left)) / box.width;
};

element.addEventListener('click', (event) => {
  const jump = event.target.closest('[data-seek]');
  if (jump) {
    seek(Number(jump.dataset.seek));
    const video = player();
    if (video && video.getBoundingClientRect().top < 0) video.scrollIntoView({ block: 'start' });
    return;
  }
  const key = event.target.closest('[data-line]');
  if (key) {
    const chosen = key.getAttribute('aria-pressed') !== 'true';
    element.querySelectorAll('[data-line]').forEach((k) => k.setAttribute('aria-pressed', String(k === key && chosen)));
    element.querySelectorAll('.mm-plot path').forEach((line) => line.classList.toggle('mm-dim', chosen && line.dataset.of !== key.dataset.line));
    return;
  }
  const plot = event.target.closest('.mm-plot');
  if (!plot) return;
  const video = seek(timeAt(plot, event));
  if (video && dataOf(plot).plays) video.play();
});

element.addEventListener('pointermove', (event) => {
  const plot = event.target.closest('.mm-plot');
  if (!plot) return;
  const time = timeAt(plot, event);
  plot.querySelector('.mm-hover').style.left = `${(100 * time) / dataOf(plot).duration}%`;
  element.querySelector('.mm-readout').textContent = told(plot, time);
});

element.addEventListener('keydown', (event) => {
  const plot = event.target.closest('.mm-plot');
  if (!plot) return;
  const now = Number(plot.getAttribute('aria-valuenow')) || 0;
  const { duration, step } = dataOf(plot);
  const to = { ArrowLeft: now - step, ArrowRight: now + step, PageDown: now - 10, PageUp: now + 10, Home: 0, End: duration }[event.key];
  const video = player();
  if (to !== undefined) seek(to);
  else if ((event.key === ' ' || event.key === 'Enter') && video) video.paused ? video.play() : video.pause();
  else return;
  event.preventDefault();
});

// Media events do not bubble, so they are caught on their way down.
for (const name of ['timeupdate', 'seeked']) {
  document.addEventListener(name, (event) => {
    if (event.target === player()) show(event.target.currentTime);
  }, true);
}
