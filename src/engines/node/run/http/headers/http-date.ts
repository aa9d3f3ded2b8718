// The Date header, made once a second.

export class HttpDate {
  private text = ''
  private second = 0

  /** The present time as RFC 9110 section 5.6.7 wants it. */
  now(): string {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.second) {
      this.second = second
      this.text = new Date(second * 1000).toUTCString()
    }
    return this.text
  }
}
