import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { html } from './html.js';

type View<Props> = (props: Props) => VNode | VNode[];

/** A part of the page that is loaded when it is first shown. */
export function Lazy<Props>({ load, props }: { load: () => Promise<View<Props>>; props: Props }) {
  const [loaded, setLoaded] = useState<{ readonly view: View<Props> } | null>(null);
  useEffect(() => {
    void load().then((view) => setLoaded({ view }));
  }, []);
  return loaded === null ? null : html`<${loaded.view} ...${props} />`;
}
