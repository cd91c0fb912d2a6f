
// Trimming: two sliders move the player, the marked stretch of the chart and what is downloaded.
const sliders = () => ['start', 'end'].map((name) => element.querySelector(`[data-trim="${name}"]`));
const SHORTEST = 0.2;
let stopAt = null;
let mine = null; // what the person chose, and for which moment
let scrolled = null;
let opener = null;
const shown = () => element.querySelector('[data-of]')?.dataset.of;

function settle(moved) {
  const [start, end] = sliders();
  if (!start) return;
  if (Number(end.value) - Number(start.value) < SHORTEST) {
    if (moved === start) start.value = Math.max(Number(end.value) - SHORTEST, 0);
    else end.value = Number(start.value) + SHORTEST;
  }
  for (const slider of [start, end]) {
    const at = Number(slider.value);
    const said = `${clock(at)}.${Math.floor(at * 10 + 1e-6) % 10}`;
    slider.parentElement.querySelector('output').textContent = said;
    slider.setAttribute('aria-valuetext', said);
  }
  const values = { start: Number(start.value), end: Number(end.value) };
  element.querySelector('[data-cut]').dataset.value = JSON.stringify(values);
  if (moved) mine = { of: shown(), ...values };
  const marked = element.querySelector('.mm-marked');
  if (marked) {
    const whole = Number(start.max) || 1;
    marked.style.left = `${(100 * values.start) / whole}%`;
    marked.style.width = `${(100 * (values.end - values.start)) / whole}%`;
  }
}

const screen = () => document.querySelector('#moment-player video');

element.addEventListener('input', (event) => {
  if (!event.target.dataset.trim) return;
  settle(event.target);
  const video = screen();
  if (!video) return;
  video.pause();
  video.currentTime = Number(event.target.value);
});

element.addEventListener('click', (event) => {
  const video = screen();
  const here = event.target.closest('[data-here]');
  if (here && video) {
    const slider = element.querySelector(`[data-trim="${here.dataset.here}"]`);
    slider.value = video.currentTime;
    settle(slider);
  }
  if (event.target.closest('[data-play-range]') && video) {
    const [start, end] = sliders();
    video.currentTime = Number(start.value);
    stopAt = Number(end.value);
    video.play();
  }
});

document.addEventListener('timeupdate', (event) => {
  if (event.target !== screen() || stopAt === null || event.target.currentTime < stopAt) return;
  stopAt = null;
  event.target.pause();
}, true);
document.addEventListener('seeking', (event) => {
  const [start] = sliders();
  // somebody jumped elsewhere: play on from there without an end
  if (event.target === screen() && start && Math.abs(event.target.currentTime - Number(start.value)) > 0.3) stopAt = null;
}, true);

function drawn() {
  const of = shown();
  if (!of) {  // put away: back to the card that it came from, unless the person is elsewhere
    if (scrolled && opener?.isConnected && document.activeElement === document.body) opener.focus();
    scrolled = null;
    return;
  }
  if (of !== scrolled) {  // another moment was opened: bring its player into view
    scrolled = of;
    opener = document.activeElement;
    setTimeout(() => {  // its heading and its place may be drawn a little later
      document.querySelector('#moment-head h2')?.focus({ preventScroll: true });
      reveal(document.querySelector('#moment-place'), { top: true });
    }, 60);
  }
  if (mine && mine.of === of && sliders()[0]) {  // drawn anew: the ends stay where they were put
    const [start, end] = sliders();
    [start.value, end.value] = [mine.start, mine.end];
    settle(null);
  }
  if (screen()) show(screen().currentTime);
}
watch('value', drawn);
drawn();  // the first moment is there before this script is
