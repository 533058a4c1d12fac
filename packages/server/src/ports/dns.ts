/** Names of machines and services as the world's DNS knows them. */

/** Where one instance of a service is. */
export interface ServiceRecord {
  /** Host, with or without a dot at the end. */
  readonly host: string;
  readonly port: number;
}

/** Looks names up; both questions reject with one line when there is no answer. */
export interface DnsResolver {
  /** The SRV records of a name such as `_etcd-server._tcp.example.com`, in no particular order. */
  services(name: string): Promise<readonly ServiceRecord[]>;
  /** An IP address of a host; an address is its own. */
  address(host: string): Promise<string>;
}

/** Tells which hosts are at which addresses, both ways; rejects as `DnsResolver` does. */
export interface HostLookup {
  /** Every IP address of a host; an address is its own. */
  addresses(host: string): Promise<readonly string[]>;
  /** The names of the host at an IP address, with or without a dot at the end. */
  names(address: string): Promise<readonly string[]>;
}
