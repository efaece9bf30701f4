/** What patches change of an object is what follows from it: numbers of props count only while nobody has patched it. */
import { ApiObject, type JsonPatch } from 'cdk8s';

/** An object that knows whether somebody has patched it: to render it for every question would cost more than the synth. */
export class PatchableObject extends ApiObject {
  /** @internal */
  public _isPatched = false;

  public override addJsonPatch(...ops: JsonPatch[]): void {
    this._isPatched = true;
    super.addJsonPatch(...ops);
  }
}

/**
 * Whether its final JSON may be another than its props say; of objects of other classes, nobody knows. `instanceof` holds
 * for every ApiObject, whatever its class.
 */
function mayBePatched(object: ApiObject & Partial<Pick<PatchableObject, '_isPatched'>>): boolean {
  return object._isPatched !== false;
}

let isAsking = false;

/**
 * What the final JSON of some objects says, where one of them may be patched, else `fromProps`. An object is rendered for
 * the answer, and its own variables may ask for the same number (the pools of a consumer follow from its replicas): those
 * hear what the props say, and the answer is read from no variable.
 */
export function asPatched<T>(
  objects: ReadonlyArray<ApiObject | undefined>,
  fromProps: T,
  read: (manifests: readonly unknown[]) => T,
): T {
  const given = objects.filter((one): one is ApiObject => one !== undefined);
  if (isAsking || !given.some(mayBePatched)) return fromProps;
  isAsking = true;
  try {
    return read(given.map((one) => one.toJson() as unknown));
  } finally {
    isAsking = false;
  }
}
