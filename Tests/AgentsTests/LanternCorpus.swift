@testable import Agents

/// The documents of a product that does not exist.
enum LanternCorpus {
  static let documents = [
    document("README.md", readme), document("docs/operations.md", operations), document("docs/protocol.md", wire),
    document("docs/security.md", security), document("docs/settings.md", settings),
  ]

  private static func document(_ path: String, _ text: String) -> KnowledgeDocument {
    KnowledgeDocument(path: path, markdown: Array(text.utf8))
  }

  private static let readme = """
    # Lantern

    Lantern collects the measurements of weather stations and shows them on a page. It runs on your own machine and
    keeps everything in one SQLite file.

    ## Installation

    Lantern needs Debian 12 or newer and 64 MB of memory. Install the package:

    ```sh
    sudo apt install ./lantern.deb
    ```

    ## First start

    Run `lantern serve` and open the address that it prints. The first visitor chooses the administrator's password.

    ## Supported stations

    Stations of the makers Borealis and Windrose are supported over radio. Any other station can send its measurements
    over HTTP, see the protocol.
    """

  private static let operations = """
    # Operations

    ## Backup

    Make a backup with `lantern backup FILE`. It copies the measurements while the server runs; readers are not
    disturbed. Make one each night, because a broken disk loses everything since the last one.

    ## Restore

    Stop the server, then run `lantern restore FILE`. The old measurements are kept beside the new ones with the ending
    `.before`.

    ## Upgrade

    1. Make a backup.
    2. Install the new package.
    3. Restart the service: `systemctl restart lantern`.

    The schema is migrated at the first start. Going back to an older version is not possible.

    ## Logs

    Logs go to standard error, one line each, and are kept by journald. The level is a setting. Read them with
    `journalctl -u lantern`.

    ## Out of memory

    When the machine runs out of memory, Lantern drops the cached charts first. It never drops measurements.
    """

  private static let wire = """
    # Protocol

    ## Sending measurements

    A station sends `POST /measure` with a JSON object: `station`, `time`, and one number for each quantity.

    ## Live updates

    A page opens a WebSocket at `/live`. The server sends every new measurement as one JSON object.

    ### Heartbeat

    The server sends a ping each 20 seconds, so that idle proxies don't cut the connection. A page that does not answer
    two of them is disconnected.

    ### Close codes

    | code | when |
    | --- | --- |
    | 4001 | the token is wrong |
    | 4002 | the station is unknown |
    | 1012 | the server restarts: reconnect after a few seconds |
    """

  private static let security = """
    # Security

    ## Tokens

    Each station has a token of 32 random bytes. Only its digest is stored, so that a stolen database gives nobody
    access. Replace a token with `lantern token renew STATION`.

    ## Encryption

    Lantern speaks TLS itself where the settings `certificate` and `private_key` name files. Let's Encrypt works: the
    files are read again when they change.

    ## Forgotten password

    Run `lantern password reset` on the machine; it prints a link that is valid for ten minutes.
    """

  private static let settings = """
    # Settings

    Settings are read from `/etc/lantern.conf`, and after that from variables that begin with `LANTERN_`. Send SIGHUP to
    apply a changed file without a restart.

    ## Network

    | setting | default | meaning |
    | --- | --- | --- |
    | `port` | 8080 | where pages and stations connect |
    | `listen` | 127.0.0.1 | the address to listen at |
    | `heartbeat` | 20 | seconds between two pings |

    ## Retention

    `keep_days` says for how many days measurements are kept; the default 0 keeps them for ever. Old ones are removed
    each hour.
    """
}
