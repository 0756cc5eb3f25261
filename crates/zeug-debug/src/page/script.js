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
  const element = (name, kind, text) => {
    const made = document.createElement(name);
    made.className = kind;
    if (text) made.textContent = text;
    return made;
  };
  // What stands below a line: what it printed, its value or what is wrong, and what is to be said.
  const answer = (told) => {
    const parts = [];
    if (told.output) {
      const printed = element("pre", "printed", told.output);
      if (told.cut) printed.append(element("span", "cut", "and more, which is left out"));
      parts.push(printed);
    }
    if (told.error) {
      const wrong = element("pre", told.error === "stopped" ? "error stopped" : "error", told.message);
      // Escaped where it was made.
      if (told.html) wrong.innerHTML = told.html;
      parts.push(wrong);
    } else if (told.value !== "()" || !told.output) {
      const value = element("pre", told.value === "()" ? "answer unit" : "answer", told.value);
      value.append(element("span", "type", told.type));
      parts.push(value);
    }
    for (const warning of told.warnings ?? []) parts.push(element("p", "warning", warning));
    return parts;
  };
  let toldOfCopies = false;
  const consoles = all("form.console").map((form) => {
    const input = form.elements.line;
    const [log, offers, state] = [".log", ".offers", ".state"].map((part) => one(part, form));
    const frame = Number(form.dataset.frame);
    const path = (deed) => `/failures/${failure}/${deed}`;
    let at = 0;
    let busy = 0;
    let known = false;

    // What the frame can be asked; the compiler begins to look at it.
    const look = async () => {
      if (known) return;
      known = true;
      const [status, told] = await ask(path("frame"), { frame });
      if (status !== 200) { known = false; return; }
      const said = [];
      if (told.note) said.push(`Path expressions alone: ${told.note}.`);
      if (told.compiles && !toldOfCopies) {
        toldOfCopies = true;
        said.push("Any Rust. A line runs in a copy of the program: what it changes is gone after it, and no other thread is there.");
      }
      for (const [, why] of told.missing) said.push(`${why}.`);
      state.textContent = said.join(" ");
    };
    const fit = () => {
      input.style.height = "auto";
      input.style.height = `${input.scrollHeight}px`;
    };
    const fill = (text) => {
      input.value = text;
      offers.replaceChildren();
      fit();
    };
    const stop = () => ask(path("stop"), { frame });

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const line = input.value.trim();
      if (!line) return;
      if (history.at(-1) !== line) history.push(line);
      at = history.length;
      fill("");
      const asked = element("pre", "asked", line);
      const wait = element("p", "wait");
      const button = element("button", "", "Stop");
      button.type = "button";
      button.title = "Stop (Ctrl+C)";
      button.onclick = stop;
      wait.append(element("i", ""), button);
      log.append(asked, wait);
      log.scrollTop = log.scrollHeight;
      busy += 1;
      const question = { frame, line };
      let [, told] = await ask(path("evaluate"), question);
      if (told.error === "pin") {
        if (await opened()) {
          look();
          [, told] = await ask(path("evaluate"), question);
        } else {
          asked.remove();
          wait.remove();
          if (!input.value) fill(line);
        }
      }
      busy -= 1;
      input.focus();
      if (told.error === "pin") return;
      wait.replaceWith(...answer(told));
      if (told.note) state.textContent = `Path expressions alone: ${told.note}.`;
      log.scrollTop = log.scrollHeight;
    });

    const insert = (start, text) => {
      const caret = input.selectionStart;
      input.setRangeText(text, start, caret, "end");
      offers.replaceChildren();
      fit();
    };
    const complete = async () => {
      const line = input.value.slice(0, input.selectionStart);
      const [status, told] = await ask(path("complete"), { frame, line });
      if (told.error === "pin" && (await opened())) return complete();
      if (status !== 200 || line !== input.value.slice(0, input.selectionStart)) return;
      // Places of the answer are bytes.
      const start = new TextDecoder().decode(new TextEncoder().encode(line).slice(0, told.start)).length;
      const { names } = told;
      if (!names.length) return offers.replaceChildren();
      let same = names[0];
      for (const name of names) while (!name.startsWith(same)) same = same.slice(0, -1);
      if (names.length === 1 || same.length > line.length - start) insert(start, same);
      if (names.length === 1) return;
      offers.replaceChildren(...names.map((name) => {
        const offer = element("button", "", name);
        offer.type = "button";
        offer.role = "option";
        offer.onclick = () => { insert(start, name); input.focus(); };
        return offer;
      }));
    };

    input.addEventListener("input", () => { offers.replaceChildren(); fit(); });
    input.addEventListener("focus", () => { at = history.length; look(); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const { key, shiftKey } = event;
      const caret = input.selectionStart;
      const text = input.value;
      if (key === "Enter" && !shiftKey) {
        event.preventDefault();
        form.requestSubmit();
      } else if (key === "Tab" && !shiftKey && caret > 0 && /[\p{L}\p{N}_.]$/u.test(text.slice(0, caret))) {
        event.preventDefault();
        complete();
      } else if (key === "c" && event.ctrlKey && busy && caret === input.selectionEnd) {
        event.preventDefault();
        stop();
      } else if ((key === "ArrowUp" && !text.slice(0, caret).includes("\n")) || (key === "ArrowDown" && !text.slice(caret).includes("\n"))) {
        if (!history.length) return;
        event.preventDefault();
        at = Math.max(0, Math.min(history.length, at + (key === "ArrowUp" ? -1 : 1)));
        fill(history[at] ?? "");
      }
    });
    return { form, look };
  });
  // For whoever has given the PIN before, the compiler begins with the frame that is open.
  consoles.find(({ form }) => form.closest("details.frame").open)?.look();

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
      one("form.console textarea", frame)?.focus();
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
    if (event.target.matches("textarea, input:not([type=checkbox])")) {
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
