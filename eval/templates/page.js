// Shows the answers that match the filters. Without it the page is complete, only unfiltered.
"use strict";
(() => {
  const form = document.querySelector("form.filters");
  if (!form) return;
  const cards = [...document.querySelectorAll("article")].map((node) => ({
    node,
    type: node.dataset.type,
    kinds: node.dataset.kinds.split(" "),
    text: node.textContent.toLowerCase(),
  }));
  const unfold = form.querySelector("[data-unfold]");
  const show = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = form.elements.kind.value;
    const type = form.elements.type.value;
    let count = 0;
    for (const card of cards) {
      const fits = (!kind || card.kinds.includes(kind)) && (!type || card.type === type)
        && words.every((word) => card.text.includes(word));
      card.node.hidden = !fits;
      count += fits;
    }
    form.querySelector("output").textContent = `${count} of ${cards.length} shown`;
    document.querySelector(".nothing").hidden = count > 0;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Open all";
    for (const card of cards) if (!card.node.hidden) card.node.querySelector("details").open = open;
    unfold.textContent = open ? "Close all" : "Open all";
  });
  for (const button of document.querySelectorAll("button[data-kind], button[data-type]")) {
    button.addEventListener("click", () => {
      form.elements.kind.value = button.dataset.kind ?? "";
      form.elements.type.value = button.dataset.type ?? "";
      form.elements.text.value = "";
      show();
      form.scrollIntoView();
    });
  }
  show();
})();
