import { Lazy } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Job } from 'kubernetes-types/batch/v1';
import { shortDigest } from '../units/digest';
import type { ObjectHead } from './api-object';
import { PatchableObject } from './patched';

/** With the "-" before it, it leaves the longest name at the 63 characters that a Job's pods can be labelled with. */
const DIGEST = 8;

export interface ReleaseJobHead extends Pick<ObjectHead, 'name' | 'labels' | 'annotations'> {
  /**
   * Characters of the digest.
   *
   * @default 8
   */
  readonly digest?: number;
}

interface Rendered {
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

/**
 * A Job whose name goes on with a digest of what it does, patches included: the template of a Job cannot be changed, so
 * another image, another argument, or a pool that another consumer made smaller, is another Job.
 */
export class ReleaseJob extends PatchableObject {
  private readonly digest: number;

  constructor(
    scope: Construct,
    id: string,
    { name, labels, annotations, digest = DIGEST }: ReleaseJobHead,
    spec: () => NonNullable<Job['spec']>,
  ) {
    super(scope, id, {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, labels: { ...labels }, annotations: annotations && { ...annotations } },
      spec: Lazy.any({ produce: spec }) as unknown,
    });
    this.digest = digest;
  }

  public override toJson(): unknown {
    const rendered = super.toJson() as Rendered;
    const { metadata, spec } = rendered;
    const digest = shortDigest(JSON.stringify(spec)).slice(0, this.digest);
    return { ...rendered, metadata: { ...metadata, name: `${metadata.name}-${digest}` } };
  }
}
