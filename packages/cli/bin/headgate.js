#!/usr/bin/env node
// Runs the built program. It is a file of its own so that it can be linked before the first build.
import '../dist/main.js'
