"use strict";
(() => {
  const body = document.body;
  const { mount, failure, secret } = body.dataset;
  document.documentElement.classList.add("scripted");
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const one = (selector, from = document) => from.querySelector(selector);

  for (const time of all("time[data-at]")) {
    time.title = time.textContent;
    time.textContent = new Date(time.dataset.at * 1000).toLocaleTimeString();
  }

  let toastTimer;
  const toast = (text) => {
    const place = one("#toast");
    place.textContent = text;
    place.classList.add("shown");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => place.classList.remove("shown"), 1800);
  };

  // Frames.
  const frames = () => all("details.frame > summary").filter((summary) => summary.offsetParent !== null);
  const current = () => {
    const focused = document.activeElement.closest?.("details.frame");
    return focused || one("details.frame.own[open]") || one("details.frame");
  };
  const step = (by) => {
    const list = frames();
    const from = document.activeElement.closest?.("details.frame");
    const at = from ? list.indexOf(one("summary", from)) : by > 0 ? -1 : list.length;
    const next = list[Math.max(0, Math.min(list.length - 1, at + by))];
    if (next) {
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }
  };
  const libraries = one("input[data-do=libraries]");
  const showLibraries = () => all("details.libraries").forEach((group) => { group.open = libraries.checked; });
  libraries?.addEventListener("change", showLibraries);

  // Questions to the program.
  const ask = async (path, question) => {
    try {
      const response = await fetch(mount + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ secret, ...question }),
      });
      return [response.status, await response.json()];
    } catch {
      return [0, { error: "gone", message: "the program does not answer: it has ended, or was started again" }];
    }
  };

  // The PIN: whoever waits for it is told whether the console was opened.
  const pin = one("#pin");
  let waiting = [];
  const finish = (open) => {
    if (pin.open) pin.close();
    waiting.splice(0).forEach((tell) => tell(open));
  };
  const opened = () => new Promise((tell) => {
    waiting.push(tell);
    if (!pin.open) {
      one(".told", pin).textContent = "";
      pin.showModal();
      one("input", pin).focus();
    }
  });
  pin?.addEventListener("close", () => finish(false));
  one("form", pin)?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const input = one("input", pin);
    const [status, told] = await ask("/pin", { pin: input.value });
    input.value = "";
    if (status === 200) return finish(true);
    one(".told", pin).textContent = told.message;
    input.focus();
  });

  // Consoles.
  const history = [];
  const write = (log, kind, text, note) => {
    const line = document.createElement("pre");
    line.className = kind;
    line.textContent = text;
    if (note) {
      const type = document.createElement("span");
      type.className = "type";
      type.textContent = note;
      line.append(type);
    }
    log.append(line);
    log.scrollTop = log.scrollHeight;
  };
  for (const form of all("form.console")) {
    const input = form.elements.line;
    const log = one(".log", form);
    let at = 0;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const line = input.value.trim();
      if (!line || form.classList.contains("busy")) return;
      form.classList.add("busy");
      const question = { frame: Number(form.dataset.frame), line };
      const path = `/failures/${failure}/evaluate`;
      let [status, told] = await ask(path, question);
      if (told.error === "pin" && (await opened())) [status, told] = await ask(path, question);
      form.classList.remove("busy");
      input.focus();
      if (told.error === "pin") return;
      if (history.at(-1) !== line) history.push(line);
      at = history.length;
      input.value = "";
      write(log, "asked", line);
      if (status === 200) write(log, "answer", told.value, told.type);
      else write(log, "error", told.message);
    });
    input.addEventListener("focus", () => { at = history.length; });
    input.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || !history.length) return;
      event.preventDefault();
      at = Math.max(0, Math.min(history.length, at + by));
      input.value = history[at] ?? "";
    });
  }

  // Buttons and keys.
  const deeds = {
    copy: async () => {
      try {
        const response = await fetch(`${mount}/failures/${failure}.txt`);
        if (!response.ok) throw new Error();
        await navigator.clipboard.writeText(await response.text());
        toast("Copied");
      } catch {
        toast("Could not be copied: see Text");
      }
    },
    help: () => one("#help").showModal(),
    close: () => pin.close(),
    "show-pin": async () => {
      const [status, told] = await ask("/pin/show", {});
      one(".told", pin).textContent = status === 200 ? "It is on the terminal." : told.message;
    },
    libraries: () => {
      if (!libraries) return;
      libraries.checked = !libraries.checked;
      showLibraries();
    },
    next: () => step(1),
    previous: () => step(-1),
    console: () => {
      const frame = current();
      if (!frame) return;
      frame.open = true;
      one("form.console input", frame)?.focus();
    },
    editor: () => (one("a.place", current() ?? document))?.click(),
  };
  document.addEventListener("click", (event) => {
    const name = event.target.closest("button[data-do]")?.dataset.do;
    if (name) deeds[name]();
  });
  const keys = { j: "next", k: "previous", ArrowDown: "next", ArrowUp: "previous", "/": "console", a: "libraries", e: "editor", c: "copy", "?": "help" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox])")) {
      if (event.key === "Escape") one("summary", event.target.closest("details.frame"))?.focus();
      return;
    }
    const deed = keys[event.key];
    // Arrows scroll the page until a frame is chosen.
    if (!deed || (event.key.startsWith("Arrow") && !event.target.matches("summary"))) return;
    event.preventDefault();
    deeds[deed]();
  });
})();
