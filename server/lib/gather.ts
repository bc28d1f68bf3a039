// Questions about single things that come at about the same time, put together into one. Remembers nothing. No trading word lives here.

/** Turns of the event loop that are waited for further things at most; one turn that brings none is enough. */
const maxTurns = 20;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Question {
  things: ReadonlySet<string>;
  urgency: number;
  answered: Promise<void>;
}

/**
 * `ask`, given the things of all who ask in the same turns of the event loop, each thing once. A thing that is being asked for is
 * joined; by who is more urgent, a smaller number, by asking the same question so once more, which `ask` is to know for the same.
 * Resolves once all its things have been answered; who has one in a question that fails gets that failure.
 */
export function gathering(
  ask: (things: string[], urgency: number) => Promise<void>,
): (things: readonly string[], urgency?: number) => Promise<void> {
  const underWay = new Map<string, Question>();
  let next: { things: Set<string>; question: Question } | undefined;
  const forget = (question: Question) => () => {
    for (const thing of question.things) if (underWay.get(thing) === question) underWay.delete(thing);
  };
  async function collect(things: Set<string>, question: () => Question) {
    for (let turn = 0, before = 0; turn < maxTurns && things.size > before; turn++) {
      before = things.size;
      await nextTurn();
    }
    next = undefined;
    await ask([...things], question().urgency);
  }
  function begin(urgency: number): { things: Set<string>; question: Question } {
    const things = new Set<string>();
    const question: Question = {
      things,
      urgency,
      answered: Promise.resolve().then(() => collect(things, () => question)),
    };
    question.answered.then(forget(question), forget(question));
    return { things, question };
  }
  /** The same question, asked by who is more urgent. */
  function raise({ things }: Question, urgency: number): Question {
    const raised: Question = {
      things,
      urgency,
      answered: Promise.resolve().then(() => ask([...things], urgency)),
    };
    for (const thing of things) underWay.set(thing, raised);
    raised.answered.then(forget(raised), forget(raised));
    return raised;
  }
  function join(thing: string, urgency: number): Promise<void> {
    const running = underWay.get(thing);
    if (running && running !== next?.question)
      return (urgency < running.urgency ? raise(running, urgency) : running).answered;
    next ??= begin(urgency);
    const { question, things } = next;
    question.urgency = Math.min(question.urgency, urgency);
    things.add(thing);
    underWay.set(thing, question);
    return question.answered;
  }
  return async (things, urgency = 0) =>
    void (await Promise.all(new Set(things.map((thing) => join(thing, urgency)))));
}
