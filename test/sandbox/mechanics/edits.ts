import { EditError, type SandboxProvider } from './provider.ts';

type Edits = SandboxProvider['edits'];

/** Edits that go through the provider's own rules: what it refuses with a `Refusal` can't be carried out. */
export function refusalsAsEditErrors(Refusal: abstract new (...args: never[]) => Error, edits: Edits): Edits {
  const guarded = Object.entries(edits).map(([name, edit]) => [
    name,
    (input: unknown) => {
      try {
        return edit(input);
      } catch (error) {
        throw error instanceof Refusal ? new EditError(error.message) : error;
      }
    },
  ]);
  return Object.fromEntries(guarded);
}
