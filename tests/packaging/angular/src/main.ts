import { Component } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";
import { walk } from "../walk.js";

// zone.js has replaced promises and timers, and the text is shown when they tell Angular that something has happened.
@Component({ selector: "app-root", template: "<output>{{ text }}</output>" })
class App {
  text = "";

  async ngOnInit() {
    this.text = await walk(location.search);
  }
}

bootstrapApplication(App);
