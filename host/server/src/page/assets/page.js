// Keeps fresh what goes on. Without it the page works, and is loaded anew by hand.
//
// What is marked `data-live` is asked for again while somebody looks at it, and
// replaced where it changed; what somebody is in the middle of stays. What is new
// is said to who does not see it.
"use strict";

const PAUSE = 2000;
const FEWER = 15000;
let failures = 0;

function live() {
  return Array.from(document.querySelectorAll("[data-live][id]"));
}

function news(element) {
  const of = [element, ...element.querySelectorAll("[data-news]")];
  return new Map(of.filter((it) => it.dataset.news).map((it) => [it.id, it.dataset.news]));
}

function replace(old, fresh) {
  const known = news(old);
  const said = [];
  for (const [id, what] of news(fresh)) {
    if (known.get(id) !== what) said.push(what);
  }
  old.replaceWith(document.adoptNode(fresh));
  const place = document.getElementById("news");
  if (place && said.length > 0) place.textContent = said.slice(0, 3).join(". ");
}

async function look() {
  const all = live();
  if (all.length === 0) return;
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of all) {
        const fresh = page.getElementById(old.id);
        const busy = old.contains(document.activeElement) || old.querySelector("details[open]");
        if (fresh && !busy && fresh.outerHTML !== old.outerHTML) replace(old, fresh);
      }
      failures = 0;
    } catch {
      failures += 1;
    }
  }
  setTimeout(look, failures > 0 ? FEWER : PAUSE);
}

setTimeout(look, PAUSE);
