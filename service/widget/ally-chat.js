/**
 * <ally-chat> – a chat with InterviewAlly as a web component, without dependencies or a build step.
 *
 *   <script type="module" src="https://ally.example/widget/ally-chat.js"></script>
 *   <ally-chat api="https://ally.example"></ally-chat>
 *
 * Attributes: `api` (base address; default: where this script came from), `placeholder`, `as-of` (ISO date).
 * Text from the server only ever becomes text nodes, and only http(s) addresses become links.
 */

const HERE = new URL("..", import.meta.url).href;
const RETRIES = 4;

const STYLE = `
:host { display: block; max-width: 48rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ally-text, #1b1f24); }
* { box-sizing: border-box; }
form { display: flex; gap: .5rem; align-items: end; }
label { flex: 1; font-size: .85rem; color: var(--ally-quiet, #57606a); }
textarea { display: block; width: 100%; min-height: 3.2rem; padding: .6rem; font: inherit; font-size: 1rem; color: inherit;
  background: transparent; border: 1px solid #8c959f; border-radius: .5rem; resize: vertical; }
button { font: inherit; cursor: pointer; }
button:focus-visible, textarea:focus-visible, a:focus-visible { outline: 3px solid var(--ally-accent, #0550ae); outline-offset: 2px; }
.send { padding: .6rem 1rem; color: #fff; background: var(--ally-accent, #0550ae); border: 0; border-radius: .5rem; }
.turn { margin: 0 0 2rem; }
.question { margin: 0 0 .5rem; font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; }
.understanding, .note, .status, .meta { color: var(--ally-quiet, #57606a); font-size: .9rem; }
.abstained { border-left: 4px solid #9a6700; padding-left: .75rem; }
h3 { margin: 1.1rem 0 .3rem; font-size: 1.05rem; }
ul, ol { margin: 0; padding-left: 1.2rem; }
li { margin: .25rem 0; overflow-wrap: anywhere; }
.gap { color: var(--ally-quiet, #57606a); }
.chip { padding: 0 .35rem; margin-left: .25rem; font-size: .8rem; line-height: 1.5; color: var(--ally-accent, #0550ae);
  background: transparent; border: 1px solid currentColor; border-radius: .6rem; }
.chip[aria-expanded="true"] { color: #fff; background: var(--ally-accent, #0550ae); }
.evidence { margin: .35rem 0 .6rem; padding: .5rem .75rem; border-left: 3px solid var(--ally-accent, #0550ae); font-size: .9rem; }
blockquote { margin: .25rem 0; }
.follow-up { display: block; margin: .25rem 0; padding: .3rem .7rem; text-align: left; color: inherit; background: transparent;
  border: 1px solid #8c959f; border-radius: 1rem; }
.error { color: #a40e26; }
@media (prefers-color-scheme: dark) {
  :host { color: var(--ally-text, #e6edf3); --ally-accent: #4d8ef7; --ally-quiet: #9da7b1; }
  .error { color: #ff8182; }
}`;

/** An element with attributes and children; strings become text nodes. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function date(iso) {
  return new Date(`${iso}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

/** How old a report is, in the words of the answers. */
function age(from, to) {
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  if (days <= 0) return "today";
  if (days < 21) return days === 1 ? "1 day old" : `${days} days old`;
  if (days < 60) return `${Math.floor(days / 7)} weeks old`;
  const halves = Math.round((days / 30.44) * 2);
  return days < 700 ? `${Math.floor(halves / 2)}${halves % 2 ? "½" : ""} months old` : `${(days / 365.25).toFixed(1)} years old`;
}

/** A link when `address` is a web address, else its text. */
function link(address, text) {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) return element("span", {}, text);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, text);
}

/** The frames of a server-sent event stream as {event, id, data}; comments are passed over. */
export async function* frames(body) {
  let buffered = "";
  for await (const chunk of chunks(body.pipeThrough(new TextDecoderStream()))) {
    buffered += chunk;
    const blocks = buffered.split(/\r?\n\r?\n/);
    buffered = blocks.pop();
    for (const block of blocks) {
      const frame = { event: "message", id: "", data: "" };
      const data = [];
      for (const line of block.split(/\r?\n/)) {
        const [, field, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
        if (field === "data") data.push(value);
        else if (field === "event" || field === "id") frame[field] = value;
      }
      if (data.length) yield { ...frame, data: JSON.parse(data.join("\n")) };
    }
  }
}

async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** One question with its answer as it arrives. */
class Turn {
  constructor(number, question, ask) {
    this.number = number;
    this.ask = ask;
    this.sources = new Map();
    this.sections = [];
    this.asOf = null;
    this.status = element("p", { class: "status", role: "status" }, "Reading the sources…");
    this.body = element("div");
    this.root = element("article", { class: "turn", "aria-busy": "true" }, element("p", { class: "question" }, question), this.body, this.status);
  }

  show({ event, data }) {
    const shown = {
      "answer.started": () => this.started(data),
      "answer.sources": () => this.cite(data.sources),
      "section.started": () => this.open(data),
      statement: () => this.state(data),
      "answer.follow_ups": () => this.followUp(data.follow_ups),
      "answer.completed": () => this.complete(data.answer),
      "answer.failed": () => this.fail(data.detail),
    }[event];
    shown?.();
    return event === "answer.completed" || event === "answer.failed";
  }

  started({ understanding, as_of: asOf }) {
    this.understanding = understanding;
    this.asOf = asOf;
  }

  cite(sources) {
    for (const source of sources) this.sources.set(source.n, source);
    const { companies, unknown_companies: unknown, roles, days_left: days } = this.understanding;
    const parts = companies.map((company) => {
      const asides = [
        company.formerly.length && `formerly ${company.formerly.join(", ")}`,
        company.members.length && `members: ${company.members.slice(0, 4).join(", ")}`,
        company.alternatives.length && `not ${company.alternatives.join(", ")}`,
      ].filter(Boolean);
      return [element("strong", {}, company.name), asides.length ? ` (${asides.join("; ")})` : ""];
    });
    for (const name of unknown) parts.push([element("strong", {}, name), " (not known here)"]);
    for (const role of roles) parts.push([role.assumed ? "role assumed to be " : "role understood as ", element("strong", {}, role.title)]);
    if (days !== null && days !== undefined) parts.push([days === 1 ? "1 day left" : `${days} days left`]);
    const newest = sources.filter((source) => source.kind === "news").map((source) => source.published).sort().pop();
    if (newest) parts.push([`newest evidence ${date(newest)} (${age(newest, this.asOf)})`]);
    parts.push([sources.length === 1 ? "1 source" : `${sources.length || "no"} sources`]);
    const line = element("p", { class: "understanding" });
    parts.forEach((part, index) => line.append(index ? " · " : "", ...part));
    this.body.append(line);
  }

  open({ section, kind, title }) {
    const list = element("ul");
    this.sections[section] = list;
    this.body.append(element("section", { "data-kind": kind, "aria-label": title }, element("h3", {}, title), list));
  }

  state({ section, statement }) {
    const item = element("li", { class: statement.kind }, statement.text);
    if (statement.released === "quoted") item.append(element("span", { class: "meta" }, " (quoted)"));
    for (const [number, citations] of grouped(statement.citations)) this.chip(item, statement.id, number, citations);
    this.sections[section].append(item);
  }

  /** The button [n] and the evidence that it opens: publisher, date, the quoted words and the address. */
  chip(item, statementId, number, citations) {
    const source = this.sources.get(number);
    if (!source) return;
    const id = `evidence-${this.number}-${statementId}-${number}`;
    const when = source.kind === "guide" ? `reviewed ${date(source.published)}` : date(source.published);
    const evidence = element("div", { class: "evidence", id, hidden: "" });
    evidence.append(element("div", { class: "meta" }, `${source.publisher} · ${when}`));
    for (const citation of citations) evidence.append(element("blockquote", {}, `“${citation.quote.replaceAll("**", "")}”`));
    evidence.append(link(source.url, source.title));
    const button = element("button", { type: "button", class: "chip", "aria-expanded": "false", "aria-controls": id,
      "aria-label": `Source ${number}: ${source.publisher}, ${when}` }, `${number}`);
    button.addEventListener("click", () => {
      evidence.hidden = !evidence.hidden;
      button.setAttribute("aria-expanded", String(!evidence.hidden));
    });
    // All buttons of a statement come before all of its evidence.
    item.insertBefore(button, item.querySelector(".evidence"));
    item.append(evidence);
  }

  followUp(questions) {
    if (!questions.length) return;
    const group = element("div", { role: "group", "aria-label": "Ask next" }, element("h3", {}, "Ask next"));
    for (const question of questions) {
      const button = element("button", { type: "button", class: "follow-up" }, question);
      button.addEventListener("click", () => this.ask(question));
      group.append(button);
    }
    this.body.append(group);
  }

  complete(answer) {
    if (answer.abstained) this.body.classList.add("abstained");
    if (answer.freshness.note) this.body.append(element("p", { class: "note" }, answer.freshness.note));
    if (answer.withheld_count) {
      const text = answer.withheld_count === 1 ? "1 statement was" : `${answer.withheld_count} statements were`;
      this.body.append(element("p", { class: "note" }, `${text} withheld: the sources do not bear out more.`));
    }
    this.end(answer.abstained ? "The sources do not answer this." : "");
  }

  fail(message) {
    this.status.classList.add("error");
    this.end(message);
  }

  end(message) {
    this.status.textContent = message;
    this.root.setAttribute("aria-busy", "false");
  }
}

/** Citations by the number of their source, in order. */
function grouped(citations) {
  const groups = new Map();
  for (const citation of citations) groups.set(citation.source, [...(groups.get(citation.source) ?? []), citation]);
  return groups;
}

export class AllyChat extends HTMLElement {
  #turns = element("div", { role: "log", "aria-label": "Answers", "aria-live": "polite" });
  #history = [];
  #current = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.input = element("textarea", { maxlength: "4000", rows: "2", required: "" });
    this.button = element("button", { class: "send" }, "Ask");
    const form = element("form", {}, element("label", {}, "Your question", this.input), this.button);
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      if (this.#current) this.#current.abort();
      else this.ask(this.input.value);
    });
    this.input.addEventListener("keydown", (pressed) => {
      if (pressed.key !== "Enter" || pressed.shiftKey || pressed.isComposing) return;
      pressed.preventDefault();
      form.requestSubmit();
    });
    root.append(this.#turns, form);
  }

  connectedCallback() {
    this.input.placeholder = this.getAttribute("placeholder") ?? "How do I prepare for a sensor-fusion role at Honda's AI venture?";
  }

  disconnectedCallback() {
    this.#current?.abort();
  }

  /** Ask `question` and show its answer; a question that is still being answered is stopped. */
  async ask(question) {
    const asked = question.trim();
    if (!asked) return;
    this.#current?.abort();
    const control = (this.#current = new AbortController());
    this.input.value = "";
    this.button.textContent = "Stop";
    const turn = new Turn(this.#turns.childElementCount, asked, (next) => this.ask(next));
    this.#turns.append(turn.root);
    try {
      const answerId = await this.#stream(asked, turn, control.signal);
      if (answerId) this.#history.push({ question: asked, answer_id: answerId });
    } catch (error) {
      turn.fail(control.signal.aborted ? "Stopped." : error.message);
    }
    if (this.#current === control) {
      this.#current = null;
      this.button.textContent = "Ask";
    }
  }

  /** Stream into `turn`; goes on after a broken connection. Returns the id of a completed answer. */
  async #stream(question, turn, signal) {
    const address = new URL("v1/answers", this.getAttribute("api") ? new URL(`${this.getAttribute("api").replace(/\/*$/, "")}/`, document.baseURI) : HERE);
    const body = JSON.stringify({ question, history: this.#history.slice(-10), as_of: this.getAttribute("as-of") });
    let seen = "";
    for (let attempt = 0; ; attempt += 1) {
      let wait = 2 ** attempt;
      try {
        const headers = { "Content-Type": "application/json", Accept: "text/event-stream", ...(seen && { "Last-Event-ID": seen }) };
        const response = await fetch(address, { method: "POST", headers, body, signal });
        if (!response.ok) {
          const problem = await response.json().catch(() => ({}));
          if (response.status !== 503 || attempt >= RETRIES) throw new Refusal(problem.detail ?? `The service answered ${response.status}.`);
          wait = Number(response.headers.get("Retry-After")) || wait;
          turn.status.textContent = problem.detail ?? "The service is starting…";
        } else {
          for await (const frame of frames(response.body)) {
            seen = frame.id;
            attempt = 0;
            if (turn.show(frame)) return frame.event === "answer.completed" ? frame.data.answer.id : null;
          }
        }
      } catch (error) {
        if (signal.aborted || error instanceof Refusal) throw error;
      }
      if (attempt >= RETRIES) throw new Refusal("The service cannot be reached. Try again later.");
      await new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, wait * 1000);
        signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
      });
    }
  }
}

/** Why there is no answer, in words for the reader; asking again at once would not help. */
class Refusal extends Error {}

customElements.define("ally-chat", AllyChat);
