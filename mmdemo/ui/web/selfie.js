
// "Your own face": opens the camera of the picture field, and reads the photo once it is taken.
// Browsers give a camera only to pages of this computer and to those behind TLS.
const offerCamera = () => {
  const card = element.querySelector('[data-selfie]');
  if (card) card.hidden = !navigator.mediaDevices?.getUserMedia;
};
watch('value', offerCamera);
offerCamera();

// What ``find`` gives, as soon as it gives something; null when ``goes`` says that it never will.
const until = (find, goes, tenths) => new Promise((done) => {
  const look = () => {
    const found = find();
    if (found || !tenths-- || !goes()) done(found || null);
    else setTimeout(look, 100);
  };
  look();
});

let asked = 0;
element.addEventListener('click', async (event) => {
  if (!event.target.closest('[data-selfie]')) return;
  const mine = ++asked;
  const place = document.querySelector('#picture');
  const camera = () => place.querySelector('.source-selection button:nth-of-type(2)');
  const goes = () => mine === asked;
  reveal(place, { top: true });
  place.querySelector('.icon-button-wrapper button')?.click();  // an earlier picture
  await until(() => !place.querySelector('img'), goes, 20);
  camera()?.click();
  (await until(() => place.querySelector('button:not([aria-label])'), goes, 20))?.click();
  const stays = () => goes() && camera()?.classList.contains('selected');
  (await until(() => place.querySelector('.photo-capture'), stays, 300))?.focus({ preventScroll: true });
  // it is shown before it has arrived at the server, which gives it an address
  if (await until(() => place.querySelector('img[src*="/file="]'), stays, 1200)) document.querySelector('#run').click();
});
