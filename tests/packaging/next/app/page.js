"use client";

import { useEffect, useState } from "react";
import { walk } from "../walk.js";

export default function Page() {
  const [text, setText] = useState("");
  useEffect(() => {
    walk(location.search).then(setText);
  }, []);
  return <output>{text}</output>;
}
