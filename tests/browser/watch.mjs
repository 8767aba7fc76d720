// Notes what no page may do: errors in the console or in a script, violations of a content security
// policy, requests that failed, and the hosts that are asked.

export class Watch {
  problems = [];
  hosts = new Set();
  #expectations = new Set();

  async over(context) {
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (violation) => {
        console.error(`policy violated: ${violation.effectiveDirective} ${violation.blockedURI}`);
      });
    });
    context.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    context.on('weberror', (error) => this.#note(error.error().message));
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        this.#note(`${message.text()} at ${message.location().url}`);
      }
    });
  }

  // While `act` runs, problems that match `expected` are none; there must be one at least.
  async expecting(pattern, act) {
    const expectation = { pattern, seen: 0 };
    this.#expectations.add(expectation);
    await act();
    this.#expectations.delete(expectation);
    if (expectation.seen === 0) throw new Error(`expected in the console and not seen: ${pattern}`);
  }

  #note(text) {
    const expectation = [...this.#expectations].find(({ pattern }) => pattern.test(text));
    if (expectation) expectation.seen += 1;
    else this.problems.push(text);
  }
}
