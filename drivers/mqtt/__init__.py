"""One room for connections to an MQTT broker, for the uplink and for LoRaWAN: nobody else knows aiomqtt and paho."""
