/** A number drawn for each connection, as Linux' encap3+4 does for sockets of its own: no header field is in it. */

import type { Header } from '../headers.js';
import type { Family } from '../sender.js';

export const perConnection: Family = {
  name: 'number per connection',
  draw(random, ports) {
    const drawn = new WeakMap<Header, number>();
    return {
      name: 'number per connection',
      fields: new Set(),
      affine: false,
      bucket: (header) => {
        const bucket = drawn.get(header) ?? random.below(ports);
        drawn.set(header, bucket);
        return bucket;
      },
    };
  },
};
