// Land outlines from the vendored topology, made fit for a flat map.

import feature from "../../vendor/topojson-client/feature.js";

// The outlines are stitched across the antimeridian, as on a globe. On a flat map a ring that
// crosses it would be drawn the long way round the world; its longitudes run on beyond 180 instead
// (the map repeats the world, so nothing is lost). A ring round the pole is closed along the pole.
export function unwrapRing(ring) {
  let shift = 0;
  const unwrapped = ring.map(([longitude, latitude], index) => {
    const previous = index ? ring[index - 1][0] : longitude;
    if (longitude - previous > 180) shift -= 360;
    else if (longitude - previous < -180) shift += 360;
    return [longitude + shift, latitude];
  });
  const [first, last] = [unwrapped[0], unwrapped.at(-1)];
  if (Math.abs(last[0] - first[0]) > 180) {
    const pole = first[1] < 0 ? -90 : 90;
    unwrapped.push([last[0], pole], [first[0], pole], first);
  }
  return unwrapped;
}

const unwrapPolygon = (rings) => rings.map(unwrapRing);

function unwrapGeometry({ type, coordinates }) {
  return { type, coordinates: type === "Polygon" ? unwrapPolygon(coordinates) : coordinates.map(unwrapPolygon) };
}

export async function readLand(file) {
  const response = await fetch(new URL(`../../vendor/world-atlas/${file}`, import.meta.url));
  if (!response.ok) throw new Error(`${file} did not arrive`);
  const topology = await response.json();
  const { features } = feature(topology, topology.objects.land);
  return {
    type: "FeatureCollection",
    features: features.map((one) => ({ type: "Feature", properties: {}, geometry: unwrapGeometry(one.geometry) })),
  };
}
