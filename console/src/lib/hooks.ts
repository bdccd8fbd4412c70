/** Small hooks that several pages share. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { serverNow } from "../api/client";
import { statusQuery } from "../api/queries";
import type { Status } from "../api/types";
import { withFilters, type Search } from "./urlState";

/** The zone in which the shop's instants are shown; UTC until the server said which. */
export function useTimeZone(): string {
  return useQuery(statusQuery).data?.time_zone ?? "UTC";
}

export function useStatus(): Status | undefined {
  return useQuery(statusQuery).data;
}

/** The address's filters and a way to change some of them (which starts the list at its first page). */
export function useFilters(): [Search, (changes: Search) => void] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  const change = (changes: Search) => {
    void navigate({ to: ".", search: withFilters(search, changes), replace: true, resetScroll: false });
  };
  return [search, change];
}

/** Orders that a list offers; the first is the usual one. */
export type Sorts = [Sort, ...Sort[]];

interface Sort {
  /** As the server takes it, such as "-value". */
  value: string;
  label: string;
}

/** What a list shows, all of it from the address. */
export interface ListState {
  search: Search;
  /** The order of the rows, also when it is the usual one. */
  sort: string;
  /** What the server is asked for. */
  asked: Search & { sort: string };
  /** Changes some filters, and goes to the first page. */
  change: (changes: Search) => void;
}

export function useList(sorts: Sorts): ListState {
  const [search, change] = useFilters();
  const { page: _, ...filters } = search;
  const sort = search.sort ?? sorts[0].value;
  return { search, sort, asked: { ...filters, sort }, change };
}

/** The server's clock in milliseconds, every second anew while `running`. */
export function useServerNow(running: boolean): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (!running) return;
    const timer = window.setInterval(() => setNow(serverNow()), 1000);
    return () => window.clearInterval(timer);
  }, [running]);
  return now;
}

/** Puts the page's name into the browser's title. */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Mercer`;
  }, [title]);
}
