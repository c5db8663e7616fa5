// A link such as /pairs/2/#event-12 leads a visitor who is signed out to this page. The browser keeps
// the fragment, which it never sends to the server, and hands it on to the page that a form leads to.
if (location.hash) {
  for (const form of document.querySelectorAll("form[data-leads-on]")) form.action += location.hash;
  const company = document.querySelector("a[data-leads-on]");
  if (company) {
    const address = new URL(company.href);
    address.searchParams.set("next", (address.searchParams.get("next") ?? "/") + location.hash);
    company.href = address.href;
  }
}
