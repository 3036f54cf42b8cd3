import htm from 'htm';
import { h } from 'preact';

/** Elements without a compiler: tagged templates. */
export const html = htm.bind(h);
