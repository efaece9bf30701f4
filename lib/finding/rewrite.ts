/** Annotation of an object of ours that differs from what was asked for: what it was, and what it is now. */
export const REWRITE_ANNOTATION = 'cdk8s-tuned/rewritten';
