/** Things by kind, namespace and name. A namespace that is not written may be any: it is that of the apply. */
export class NameIndex<T> {
  private readonly exact = new Map<string, T>();
  private readonly byName = new Map<
    string,
    Array<{ readonly namespace: string | undefined; readonly item: T }>
  >();

  add(kind: string, namespace: string | undefined, name: string, item: T): void {
    this.exact.set(`${kind}\n${namespace ?? ''}\n${name}`, item);
    const key = `${kind}\n${name}`;
    const list = this.byName.get(key);
    if (list) list.push({ namespace, item });
    else this.byName.set(key, [{ namespace, item }]);
  }

  /** What has exactly this namespace, or else the first that may have it. */
  find(kind: string, namespace: string | undefined, name: string): T | undefined {
    return this.exact.get(`${kind}\n${namespace ?? ''}\n${name}`) ?? this.all(kind, namespace, name)[0];
  }

  /** Everything that may be meant. */
  all(kind: string, namespace: string | undefined, name: string): T[] {
    return (this.byName.get(`${kind}\n${name}`) ?? [])
      .filter((one) => mayBeSame(one.namespace, namespace))
      .map(({ item }) => item);
  }
}

/** Whether two namespaces can be the same once everything is applied. */
export function mayBeSame(one: string | undefined, other: string | undefined): boolean {
  return one === other || one === undefined || other === undefined;
}
