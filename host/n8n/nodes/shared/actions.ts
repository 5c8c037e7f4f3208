// The actions: the one file that every node of this package shares.

export { CallError, Clio, documents } from 'clio-actions/inline';
export type { CallOptions, Http, HttpRequest, HttpResponse } from 'clio-actions/inline';
