// Keeps the list of jobs up to date while one of them is under way. Without script, the page can be reloaded.

const EVERY_MS = 1500;

async function refresh() {
  const list = document.getElementById("jobs");
  if (!list) return; // another page has been shown meanwhile
  if (list.dataset.busy === "yes" && !document.hidden && !list.contains(document.activeElement)) {
    try {
      const answer = await fetch("/jobs", { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("jobs");
      if (answer.ok && fresh) list.replaceWith(fresh);
    } catch {
      // the service is away for a moment; the next look will tell
    }
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
