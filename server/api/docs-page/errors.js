// The search of the page of errors: it leaves those of which every word that is typed is a part.
const search = document.querySelector('input[type=search]');
const told = document.querySelector('[role=status]');
const all = [...document.querySelectorAll('article')].map((article) => ({
  article,
  text: article.textContent.toLowerCase(),
}));

function look() {
  const words = search.value.toLowerCase().split(/\s+/);
  let count = 0;
  for (const { article, text } of all) {
    article.hidden = !words.every((word) => text.includes(word));
    if (!article.hidden) count += 1;
  }
  for (const group of document.querySelectorAll('section'))
    group.hidden = !group.querySelector('article:not([hidden])');
  told.textContent = `${count} of ${all.length}`;
}
search.addEventListener('input', look);
// Who comes by a link must see where it leads.
addEventListener('hashchange', () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target?.hidden) return;
  search.value = '';
  look();
  target.scrollIntoView();
});
look();
