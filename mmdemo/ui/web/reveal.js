// Brings the place of a result into view, and follows while the page around it still grows, unless
// the person moves on. On a phone the place goes to the top: it stands under the input there.
const NARROW = 700;
const ENOUGH = 340; // pixels of a place that are seen beside the input without scrolling
const calm = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const reveal = window.mmReveal ??= (() => {
  let moved = false;
  let growth = null;
  for (const sign of ['wheel', 'touchmove', 'pointerdown', 'keydown']) {
    window.addEventListener(sign, () => { moved = true; }, { passive: true, capture: true });
  }
  const bring = (place, top) => {
    const box = place.getBoundingClientRect();
    if (!box.height || moved) return;
    const above = box.top - 10;
    const below = box.top + Math.min(box.height, ENOUGH) + 10 - window.innerHeight;
    const by = top || window.innerWidth < NARROW || above < 0 ? above : Math.max(Math.min(above, below), 0);
    if (Math.abs(by) > 2) window.scrollBy({ top: by, behavior: calm() ? 'auto' : 'smooth' });
  };
  return (place, { top = false, again = false } = {}) => {
    if (again && moved) return;
    moved = false;
    growth?.disconnect();
    growth = new ResizeObserver(() => bring(place, top));
    growth.observe(document.body);
    const mine = growth;
    setTimeout(() => mine.disconnect(), 3000);
    bring(place, top);
  };
})();

// Says a result to those who cannot see it; one place for all, because a place that is drawn
// together with its words is often not read out.
const aloud = window.mmAloud ??= (() => {
  const place = document.createElement('div');
  place.className = 'mm-aloud';
  place.setAttribute('role', 'status');
  place.setAttribute('aria-live', 'polite');
  document.body.append(place);
  return (words) => { place.textContent = ''; setTimeout(() => { place.textContent = words; }, 100); };
})();
