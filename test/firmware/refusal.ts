// What a test expects of a refusal: the failure inside the Fault, and nothing else thrown.
import { type Failure, Fault } from '../../src/domain/failure.ts';

export async function refusalOf(run: () => unknown): Promise<Failure> {
  try {
    await run();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.failure;
    throw thrown;
  }
  throw new Error('accepted, not refused');
}
